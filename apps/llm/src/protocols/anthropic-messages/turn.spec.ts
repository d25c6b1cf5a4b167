import { AppError, type Item, type ModelDelta } from '@antiphon/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import { answerTo } from '../../providers/__fixtures__/answer-to.ts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { headerKey } from '../../providers/auth/authorizer.ts';
import type { HttpProvider, HttpProviderOptions } from '../../providers/http-provider.ts';
import { foreignHistory, output, said, tool } from '../__fixtures__/conversation.ts';
import { addUp, itemsOf } from '../__fixtures__/read-answer.ts';
import { startStrictServer, type StrictServer, strictKey } from './__fixtures__/strict-server.ts';
import { anthropicMessages } from './index.ts';

type Changes = Parameters<typeof modelRequest>[1];

const budget = 'claude-sonnet-4-5-20250929';
const never = new AbortController().signal;
let server: StrictServer;
let provider: HttpProvider;

function connect(options: Partial<HttpProviderOptions> = {}): HttpProvider {
  return connectTo(server.url, {
    title: 'Anthropic',
    protocol: anthropicMessages,
    authorizer: headerKey('x-api-key', strictKey),
    headers: { 'anthropic-version': '2023-06-01' },
    streams: 'when_read',
    ...options,
  });
}

beforeAll(async () => {
  server = await startStrictServer();
  provider = connect();
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

const tools = [tool('sea.tide', { type: 'object', properties: { port: { type: 'string' } } }), tool('ports')];

describe.each([
  ['streamed', {}],
  ['in one body', { gather: true }],
] as const)('a turn that is answered %s', (_form, form) => {
  it.each([budget, 'claude-opus-4-8', 'claude-opus-5-5', 'claude-3-haiku-20240307'])(
    'calls the tools and goes on with their outputs, with %s',
    async (model) => {
      const settings = { reasoningEffort: 'high', temperature: 0.4 } as const;
      const first = await ask({ ...form, model, tools, settings });
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
          raw: { input_tokens: 10 },
        },
      });

      const items: Item[] = [said('user', 'Tides?'), ...itemsOf(first)];
      items.push(...answer.calls.map(({ id }) => output(id, 'high at 5')));
      const second = addUp(await ask({ ...form, model, tools, settings, items }));
      expect(second).toMatchObject({ text: 'It is done.', end: { finishReason: 'stop' } });

      const [signed] = server.requests.at(-1)?.messages[1]?.content ?? [];
      if (model === 'claude-3-haiku-20240307') expect(signed?.type).toBe('tool_use');
      else expect(signed).toEqual({ type: 'thinking', thinking: 'I think.', signature: 'signed+1/==' });
    },
  );

  it('continues the conversation of another provider', async () => {
    const answer = addUp(
      await ask({ ...form, items: foreignHistory, tools, settings: { reasoningEffort: 'low' } }),
    );
    expect(answer.end.finishReason).toBe('stop');
  });
});

it('sends thoughts to no other account at the same host', async () => {
  const first = await ask({ tools, settings: { reasoningEffort: 'high' } });
  const other = connect({ account: `${new URL(server.url).host}#other` });
  const items = [said('user', 'Tides?'), ...itemsOf(first)];
  items.push(...addUp(first).calls.map(({ id }) => output(id, 'high at 5')));
  await ask({ tools, items }, other);
  expect(JSON.stringify(server.requests.at(-1))).not.toContain('signed+');
  await other.close();
});

async function errorOf(changes: Changes, from = provider): Promise<unknown> {
  return ask(changes, from).catch((error: unknown) => error);
}

describe('an error', () => {
  it('of an unknown model is model_not_found', async () => {
    expect(await errorOf({ model: 'claude-9' })).toMatchObject({ code: 'model_not_found', param: 'model' });
  });

  it('of the credentials does not show them', async () => {
    const stranger = connect({ authorizer: headerKey('x-api-key', 'another-key') });
    const error = await errorOf({}, stranger);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'model_error',
      message: expect.not.stringContaining('another-key') as string,
    });
    await stranger.close();
  });

  it('of what the API cannot express names the place, without a request', async () => {
    const audio = { type: 'audio', data: 'AAAA', format: 'wav' } as const;
    expect(await errorOf({ items: [said('user', [audio])] })).toMatchObject({
      code: 'model_refused',
      param: 'items[0].content[0]',
    });
    expect(server.requests).toEqual([]);
  });
});

it('lists the models that answer', async () => {
  expect(await provider.listModels(never)).toEqual([{ id: 'claude-opus-4-8', createdAt: 1_777_593_600 }]);
});
