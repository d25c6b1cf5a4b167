import { functionCall, type Item, type ModelDelta, type ModelTool } from '@antiphon/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import { answerTo } from '../../providers/__fixtures__/answer-to.ts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import type { HttpProvider } from '../../providers/http-provider.ts';
import { addUp } from './__fixtures__/play.ts';
import { refusalOf } from './__fixtures__/refusals.ts';
import { StrictResponsesServer } from './__fixtures__/strict-server.ts';
import { openAiResponses } from './index.ts';

type Changes = NonNullable<Parameters<typeof modelRequest>[1]>;

const tools: ModelTool[] = ['add', 'multiply'].map((name) => ({
  name,
  description: '',
  parameters: { type: 'object' },
  strict: null,
}));
const question = said('user', 'What is 2 + 3?');

let server: StrictResponsesServer;
let provider: HttpProvider;

beforeEach(async () => {
  server = await StrictResponsesServer.start('first');
  provider = connectTo(server.baseUrl, { protocol: openAiResponses, account: 'ours' });
});

afterEach(async () => {
  await provider.close();
  await server.stop();
});

function said(role: 'user' | 'assistant' | 'developer', text: string): Item {
  return { type: 'message', id: `msg_${text}`, role, content: [{ type: 'text', text }], status: 'completed' };
}

function output(callId: string): Item {
  return { type: 'function_call_output', id: `out_${callId}`, callId, output: '5', status: 'completed' };
}

function ask(changes: Changes, from = provider): Promise<ModelDelta[]> {
  return answerTo(from, modelRequest('', { model: 'gpt-5', items: [question], ...changes }));
}

/** The items of an answer, as a run keeps them. */
function itemsOf(deltas: readonly ModelDelta[]): Item[] {
  const items: Item[] = [];
  for (const delta of deltas) {
    if (delta.type === 'reasoning_origin')
      items.push({ type: 'reasoning', id: 'rs', text: '', status: 'completed', origin: delta.origin });
    if (delta.type === 'call')
      items.push(functionCall({ id: 'fc', callId: delta.callId, name: delta.name, executor: 'client' }));
    if (delta.type === 'text') items.push(said('assistant', delta.text));
  }
  return items;
}

const outputsOf = (items: readonly Item[]) =>
  items.flatMap((item) => (item.type === 'function_call' ? [output(item.callId)] : []));

describe('a server that refuses what OpenAI refuses', () => {
  it.each([undefined, true])(
    'accepts a conversation with tools and thoughts (gathered: %s)',
    async (gather) => {
      const turn = { tools, ...(gather && { gather }) };
      const first = await ask(turn);
      expect(addUp(first)).toMatchObject({
        calls: [{ name: 'add' }, { name: 'multiply' }],
        end: {
          finishReason: 'tool_calls',
          usage: { inputTokens: 10, cachedInputTokens: 4, reasoningTokens: 2 },
        },
      });
      const calls = itemsOf(first);
      const answered = [question, ...calls, ...outputsOf(calls)];
      const second = await ask({ ...turn, items: answered });
      expect(addUp(second)).toMatchObject({ text: 'Answer 2', end: { finishReason: 'stop' } });
      const third = await ask({
        ...turn,
        items: [...answered, ...itemsOf(second), said('user', 'And 3 + 4?')],
      });
      expect(addUp(third).text).toBe('Answer 3');
      expect(server.calls.map(({ body }) => body['stream'])).toEqual([true, true, true]);
      // What the server issued came back as it was.
      expect(server.calls[2]?.body['input']).toMatchObject([
        { role: 'user' },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA-first-1' },
        { type: 'function_call', call_id: 'call_1_0' },
        { type: 'function_call', call_id: 'call_1_1' },
        { type: 'function_call_output', call_id: 'call_1_0' },
        { type: 'function_call_output', call_id: 'call_1_1' },
        { type: 'reasoning', id: 'rs_2', encrypted_content: 'gAAA-first-2' },
        { role: 'assistant' },
        { role: 'user' },
      ]);
    },
  );

  it('is asked for one JSON body where the operator wants that', async () => {
    const plain = connectTo(server.baseUrl, { protocol: openAiResponses, streams: 'when_read' });
    expect(addUp(await ask({ tools, gather: true }, plain)).calls).toHaveLength(2);
    expect(server.calls[0]?.body['stream']).toBe(false);
    await plain.close();
  });

  it('gets no thoughts of another account, and accepts the history of another API', async () => {
    const other = await StrictResponsesServer.start('other');
    const elsewhere = connectTo(other.baseUrl, { protocol: openAiResponses, account: 'theirs' });
    const foreign: Item = {
      type: 'reasoning',
      id: 'rs',
      text: 'Hm',
      status: 'completed',
      origin: { provider: 'ours', details: [{ type: 'thinking', thinking: 'Hm', signature: 's' }] },
    };
    const call = functionCall({ id: 'fc', callId: 'toolu_1', name: 'add', executor: 'client' });
    const calls = itemsOf(await ask({ tools }));
    const items = [
      question,
      ...calls,
      ...outputsOf(calls),
      foreign,
      call,
      output('toolu_1'),
      said('developer', 'Be brief.'),
    ];
    expect(addUp(await ask({ tools, items }, elsewhere)).text).toBe('Answer 1');
    expect(JSON.stringify(other.calls)).not.toContain('gAAA-first');
    await elsewhere.close();
    await other.stop();
  });

  it.each<[string, Changes]>([
    [
      'a call without an output',
      { items: [question, ...itemsOf([{ type: 'call', call: 0, callId: 'c', name: 'add' }])] },
    ],
    ['settings of the sampling', { settings: { temperature: 1, topP: 1, topLogprobs: 1 } }],
    ['such settings without reasoning', { settings: { temperature: 1, topP: 1, reasoningEffort: 'none' } }],
    ['such settings for another model', { model: 'gpt-4o', settings: { temperature: 1, topLogprobs: 0 } }],
    ['a summary asked of another model', { model: 'gpt-4o', settings: { reasoningSummary: 'auto' } }],
    ['a choice without tools', { toolChoice: 'required' }],
    [
      'a schema with optional properties',
      { tools: [{ ...tools[0]!, parameters: { properties: { a: {} } } }] },
    ],
    [
      'parts of every kind',
      {
        items: [
          {
            ...(question as Extract<Item, { type: 'message' }>),
            content: [
              { type: 'text', text: 'See' },
              { type: 'image', url: 'data:image/png;base64,AA==' },
              { type: 'file', url: 'data:application/pdf;base64,AA==' },
            ],
          },
        ],
      },
    ],
  ])('accepts %s', async (_name, changes) => {
    expect(addUp(await ask(changes)).end.finishReason).toMatch(/^(stop|tool_calls)$/);
  });

  it('passes its refusals on in its own words', async () => {
    // The same account with another key: what the first server issued is not readable any more.
    const other = await StrictResponsesServer.start('other');
    const moved = connectTo(other.baseUrl, { protocol: openAiResponses, account: 'ours' });
    const calls = itemsOf(await ask({ tools }));
    await expect(
      ask({ tools, items: [question, ...calls, ...outputsOf(calls)] }, moved),
    ).rejects.toMatchObject({
      code: 'model_refused',
      message: 'The encrypted content for item rs_1 could not be verified.',
      cause: { code: 'invalid_encrypted_content', isTransient: false },
    });
    await moved.close();
    await other.stop();
  });
});

describe('the refusals', () => {
  const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'issued' };
  const message = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] };
  const call = { type: 'function_call', call_id: 'c1', name: 'add', arguments: '{}' };
  const issued = new Set(['issued']);
  it.each<[object, string]>([
    [{ stop: ['x'] }, "Unknown parameter: 'stop'."],
    [{ temperature: 1 }, 'not supported with this model'],
    [{ model: 'gpt-4o', include: ['reasoning.encrypted_content'] }, 'Encrypted content is not supported'],
    [{ input: [thought, message] }, 'without its required following item'],
    [{ input: [{ ...thought, encrypted_content: null }, call] }, 'not found'],
    [{ input: [{ ...thought, encrypted_content: 'foreign' }, call] }, 'could not be verified'],
    [{ input: [{ ...thought, signature: 's' }, call] }, "Unknown parameter: 'input[0].signature'."],
    [{ input: [call] }, 'No tool output found'],
    [{ input: [{ type: 'function_call_output', call_id: 'c1', output: '' }] }, 'No tool call found'],
    [{ input: [{ ...message, role: 'assistant' }] }, "Invalid value: 'input_text'."],
    [{ tool_choice: 'required' }, "only allowed when 'tools'"],
    [
      { tools: [{ type: 'function', name: 'add', parameters: { type: 'object' }, strict: false }] },
      'missing properties',
    ],
    [
      { tools: [{ type: 'function', name: 'add', parameters: { type: 'object', properties: {} } }] },
      'additionalProperties',
    ],
  ])('include those of %j', (changes, words) => {
    const body = { model: 'gpt-5', input: [message], store: false, ...changes };
    expect(refusalOf(body, issued)?.message).toContain(words);
    expect(refusalOf({ model: 'gpt-5', input: [message], store: false }, issued)).toBeNull();
  });
});
