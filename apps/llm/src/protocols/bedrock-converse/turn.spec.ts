import type { Item, ModelDelta } from '@antiphon/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import { answerTo } from '../../providers/__fixtures__/answer-to.ts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import type { HttpProvider } from '../../providers/http-provider.ts';
import { foreignHistory, output, said, tool } from '../__fixtures__/conversation.ts';
import { addUp, itemsOf } from '../__fixtures__/read-answer.ts';
import { startStrictServer, type StrictServer } from './__fixtures__/strict-server.ts';
import { bedrockConverse } from './index.ts';

type Changes = Parameters<typeof modelRequest>[1];

const budget = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const nova = 'amazon.nova-2-lite-v1:0';
const mistral = 'mistral.mistral-large-2407-v1:0';
const all = [budget, 'us.anthropic.claude-opus-4-8', nova, 'meta.llama3-1-70b-instruct-v1:0', mistral];
let server: StrictServer;
let provider: HttpProvider;

beforeAll(async () => {
  server = await startStrictServer();
  provider = connectTo(server.url, { title: 'Bedrock', protocol: bedrockConverse, streams: 'when_read' });
});
beforeEach(() => {
  server.requests.length = 0;
});
afterAll(async () => {
  await provider.close();
  await server.close();
});

function ask(changes: Changes, from = provider): Promise<ModelDelta[]> {
  return answerTo(from, modelRequest('Tides?', { model: budget, ...changes }));
}

const referring = {
  type: 'object',
  properties: { port: { $ref: '#/$defs/Port' } },
  additionalProperties: false,
  $defs: { Port: { type: 'string' } },
};
const tools = [tool('sea.tide', referring), tool('ports')];
const long = 'All about tides. '.repeat(400);

describe.each([
  ['streamed', {}],
  ['in one body', { gather: true }],
] as const)('a turn that is answered %s', (_form, form) => {
  it.each(all)('calls the tools and goes on with their outputs, with %s', async (model) => {
    const settings = { reasoningEffort: 'high', temperature: 1.4 } as const;
    const changes = { ...form, model, tools, settings, instructions: long };
    const first = await ask(changes);
    const answer = addUp(first);
    expect(answer.calls.map(({ name, arguments: args }) => [name, args])).toEqual([
      ['sea.tide', '{"port":"Brest"}'],
      ['ports', '{"port":"Brest"}'],
    ]);
    expect(answer.end).toMatchObject({
      finishReason: 'tool_calls',
      usage: {
        inputTokens: 16,
        cachedInputTokens: 4,
        cacheWriteTokens: 2,
        outputTokens: 5,
        raw: { inputTokens: 10 },
      },
    });

    const items: Item[] = [said('user', 'Tides?'), ...itemsOf(first)];
    items.push(...answer.calls.map(({ id }) => output(id, 'high at 5')), said('user', 'And then?'));
    const second = addUp(await ask({ ...changes, items }));
    expect(second.end.finishReason).toMatch(/^(stop|tool_calls)$/);

    const [signed] = server.requests.at(-1)?.messages[1]?.content ?? [];
    if (model.includes('claude'))
      expect(signed).toEqual({
        reasoningContent: { reasoningText: { text: 'I think.', signature: 'signed+1/==' } },
      });
    else expect(signed).toHaveProperty('toolUse');
  });

  it.each(all)('continues the conversation of another provider, with %s', async (model) => {
    const changes = { ...form, model, items: foreignHistory, instructions: long };
    expect(addUp(await ask({ ...changes, tools })).end.finishReason).toMatch(/^(stop|tool_calls)$/);
    expect(addUp(await ask(changes)).text).toBe('It is done.');
    expect(addUp(await ask({ ...changes, tools, toolChoice: 'none' })).text).toBe('It is done.');
  });
});

it('sends thoughts to no other account at the same host', async () => {
  const first = await ask({ tools, settings: { reasoningEffort: 'high' } });
  const options = {
    title: 'Bedrock',
    protocol: bedrockConverse,
    account: `${new URL(server.url).host}#other`,
  };
  const other = connectTo(server.url, options);
  const items = [said('user', 'Tides?'), ...itemsOf(first)];
  items.push(...addUp(first).calls.map(({ id }) => output(id, 'high at 5')));
  await ask({ tools, items }, other);
  expect(JSON.stringify(server.requests.at(-1))).not.toContain('signed+');
  await other.close();
});

it('passes on an exception within the stream', async () => {
  const error: unknown = await ask({ items: [said('user', 'throttle')] }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'rate_limited' });
  expect(isTransient(error)).toBe(true);
});

it('reports an unknown model', async () => {
  const error: unknown = await ask({ model: 'none' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
});
