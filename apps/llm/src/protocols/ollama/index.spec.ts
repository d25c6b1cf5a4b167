import { functionCall, type Item, type ModelDelta } from '@antiphon/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import { answerTo } from '../../providers/__fixtures__/answer-to.ts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import type { HttpProvider, HttpProviderOptions } from '../../providers/http-provider.ts';
import { output, said as message } from '../__fixtures__/conversation.ts';
import { itemsOf } from '../__fixtures__/read-answer.ts';
import * as answers from './__fixtures__/answers.ts';
import { StrictOllama } from './__fixtures__/strict-server.ts';
import { ollama } from './index.ts';

const said = (text: string) => message('user', text);

type Changes = Parameters<typeof modelRequest>[1];

const never = new AbortController().signal;
const tool = {
  name: 'weather',
  description: 'Of a city',
  parameters: {
    type: 'object',
    properties: { city: { $ref: '#/$defs/City' } },
    $defs: { City: { const: 'Rom' } },
  },
  strict: null,
};

let server: StrictOllama;
let connected: HttpProvider[];

beforeEach(async () => {
  connected = [];
  server = await StrictOllama.start();
});

afterEach(async () => {
  for (const provider of connected) await provider.close();
  await server.stop();
});

function connect(options: Partial<HttpProviderOptions> = {}): HttpProvider {
  const provider = connectTo(server.origin, { protocol: ollama, title: 'Ollama', ...options });
  connected.push(provider);
  return provider;
}

function ask(changes: Changes = {}, provider = connect()): Promise<ModelDelta[]> {
  return answerTo(provider, modelRequest('Hi', { model: 'qwen3:8b', ...changes }));
}

/** The body of a request that was answered. */
async function bodyOf(
  changes: Changes,
  options: Partial<HttpProviderOptions> = {},
): Promise<Record<string, unknown>> {
  server.answers.push(answers.thoughtAndText);
  await ask(changes, connect(options));
  return server.bodies.at(-1) ?? {};
}

function textOf(deltas: readonly ModelDelta[]): string {
  return deltas.flatMap((delta) => (delta.type === 'text' ? [delta.text] : [])).join('');
}

describe('a conversation', () => {
  it('goes on after parallel calls, with the thoughts of this turn', async () => {
    server.answers.push(answers.parallelCalls, answers.thoughtAndText, answers.whole);
    const items: Item[] = [said('How is the weather?')];
    const first = itemsOf(await ask({ items, tools: [tool] }));
    items.push(...first);
    for (const item of first)
      if (item.type === 'function_call') items.push(output(item.callId, `of ${item.callId}`));
    const second = await ask({ items, tools: [tool] });
    expect(textOf(second)).toBe('Blau 🌊, ja.');
    const [a, b, c] = first.flatMap((item) => (item.type === 'function_call' ? [item.callId] : []));
    expect(server.bodies[1]?.['messages']).toEqual([
      { role: 'user', content: 'How is the weather?' },
      {
        role: 'assistant',
        content: '',
        thinking: 'Both.',
        tool_calls: [
          { id: a, function: { name: 'weather', arguments: { city: 'Köln' } } },
          { id: b, function: { name: 'weather', arguments: { city: 'Rom', days: 2 } } },
          { id: c, function: { name: 'now', arguments: {} } },
        ],
      },
      { role: 'tool', content: `of ${a}`, tool_name: 'weather', tool_call_id: a },
      { role: 'tool', content: `of ${b}`, tool_name: 'weather', tool_call_id: b },
      { role: 'tool', content: `of ${c}`, tool_name: 'now', tool_call_id: c },
    ]);
    // The thoughts before a new message of the user are over.
    await ask({ items: [...items, ...itemsOf(second), said('And now?')], tools: [tool] });
    expect(JSON.stringify(server.bodies[2])).not.toContain('thinking');
  });

  it('of another provider is continued, with outputs for all calls and without its thoughts', async () => {
    const origin = { provider: 'other.example', extraContent: {}, callId: 'toolu_1' };
    const call = functionCall({
      id: 'fc',
      callId: 'a',
      name: 'weather',
      executor: 'client',
      arguments: '[1]',
      origin,
    });
    const thought: Item = {
      ...{ type: 'reasoning', id: 'rs', text: 'Hm.', status: 'completed' },
      origin: { provider: 'other.example' },
    };
    const items = [
      message('system', 'A'),
      said('Hi'),
      message('assistant', 'Hello'),
      message('developer', 'B'),
      thought,
      call,
    ];
    const { messages } = await bodyOf({ instructions: 'Be kind', items });
    expect(messages).toEqual([
      { role: 'system', content: 'Be kind\n\nA' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'B' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'a', function: { name: 'weather', arguments: { unreadable_arguments: '[1]' } } }],
      },
      { role: 'tool', content: 'This call was not carried out.', tool_name: 'weather', tool_call_id: 'a' },
    ]);
  });

  it('has images as base64 and files of text as text', async () => {
    const content = [
      { type: 'text', text: 'See' },
      { type: 'image', url: 'data:image/png;base64,aGk=' },
      { type: 'file', url: 'data:text/csv,a%2Cb' },
    ];
    const { messages } = await bodyOf({ items: [{ ...said(''), content } as Item] });
    expect(messages).toEqual([{ role: 'user', content: 'See\na,b', images: ['aGk='] }]);
  });

  it.each([
    [{ type: 'image', url: 'https://a.example/b.png' }],
    [{ type: 'file', url: 'data:application/pdf;base64,aGk=' }],
    [{ type: 'audio', data: 'aGk=', format: 'wav' }],
  ])('refuses %j with its place', (part) => {
    const items = [{ ...said(''), content: [part] } as unknown as Item];
    expect(() => connect().stream(modelRequest('', { items }), never)).toThrow(
      expect.objectContaining({ code: 'model_refused', param: 'items[0].content[0]' }) as Error,
    );
  });
});

describe('settings', () => {
  it('are options, without the size of the context', async () => {
    const body = await bodyOf({
      chatFields: { stop: 'END', seed: 1, top_k: 4, min_p: 0.1, repetition_penalty: 1.1, logit_bias: {} },
      settings: {
        ...{ temperature: 0, topP: 0.5, presencePenalty: 1, frequencyPenalty: -1, maxOutputTokens: 50 },
        ...{ topLogprobs: 2, serviceTier: 'flex', user: 'u', parallelToolCalls: false },
      },
    });
    expect(body).toEqual({
      model: 'qwen3:8b',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      truncate: false,
      options: {
        ...{ temperature: 0, top_p: 0.5, num_predict: 50, presence_penalty: 1, frequency_penalty: -1 },
        ...{ stop: ['END'], seed: 1, top_k: 4, min_p: 0.1, repeat_penalty: 1.1 },
      },
      logprobs: true,
      top_logprobs: 2,
    });
  });

  it.each([
    ['qwen3:8b', 'none', false],
    ['qwen3:8b', 'high', undefined],
    ['llama3.1:8b', 'high', undefined],
    ['gpt-oss:20b', 'none', 'low'],
    ['gpt-oss:20b', 'medium', 'medium'],
    ['gpt-oss:20b', 'max', 'high'],
  ] as const)('%s at the effort %s', async (model, reasoningEffort, think) => {
    expect((await bodyOf({ model, settings: { reasoningEffort } }))['think']).toBe(think);
  });

  it('switch thinking on where the model is known to think', async () => {
    const facts = {
      ...{
        contextWindow: null,
        outputTokensMax: null,
        hasTools: null,
        hasVision: null,
        hasJsonSchema: null,
        makesImages: null,
      },
      hasReasoning: true,
    };
    const body = await bodyOf({ settings: { reasoningEffort: 'low' } }, { factsOf: () => facts });
    expect(body['think']).toBe(true);
  });

  it('of the format', async () => {
    expect((await bodyOf({ settings: { textFormat: { type: 'json_object' } } }))['format']).toBe('json');
    const schema = { type: 'object', properties: {} };
    const textFormat = { type: 'json_schema', name: 'x', description: null, schema, strict: null } as const;
    expect((await bodyOf({ settings: { textFormat } }))['format']).toEqual(schema);
  });
});

describe('tools', () => {
  const tools = [tool, { ...tool, name: 'now', description: null, parameters: null }];

  it('are declared in their order, with their references inlined', async () => {
    expect((await bodyOf({ tools }))['tools']).toEqual([
      {
        type: 'function',
        function: {
          name: 'weather',
          description: 'Of a city',
          parameters: { type: 'object', properties: { city: { enum: ['Rom'] } } },
        },
      },
      { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } },
    ]);
  });

  it.each([
    ['none', [], ''],
    ['required', ['weather', 'now'], 'call one of the tools'],
    [{ name: 'now' }, ['now'], 'call the tool now'],
  ] as const)('must be used: %j', async (toolChoice, names, rule) => {
    const { tools: declared = [], messages } = await bodyOf({ tools, toolChoice });
    expect((declared as { function: { name: string } }[]).map(({ function: { name } }) => name)).toEqual(
      names,
    );
    expect(JSON.stringify(messages)).toContain(rule);
  });

  it('that contain themselves are refused with their path', () => {
    const parameters = { type: 'object', properties: { child: { $ref: '#' } } };
    expect(() => connect().stream(modelRequest('Hi', { tools: [{ ...tool, parameters }] }), never)).toThrow(
      expect.objectContaining({
        code: 'model_refused',
        param: 'tools[0].parameters.properties.child',
      }) as Error,
    );
  });
});

it('an answer that no client reads is requested as one body', async () => {
  server.answers.push(answers.whole);
  expect(textOf(await ask({ gather: true }, connect({ streams: 'when_read' })))).toBe('Hello');
  expect(server.bodies[0]?.['stream']).toBe(false);
});

it('a context that is too long is an error, not cut', async () => {
  await expect(ask({ items: [said('long '.repeat(4_000))] })).rejects.toMatchObject({
    code: 'context_too_long',
  });
});

it('an unknown model is named', async () => {
  await expect(ask({ model: 'none' })).rejects.toMatchObject({
    code: 'model_not_found',
    message: "model 'none' not found",
    param: 'model',
  });
});

it('the models of the server are listed', async () => {
  expect(await connect().listModels(never)).toEqual([
    { id: 'llama3.1:8b', createdAt: 1_777_931_809 },
    { id: 'qwen3:8b', createdAt: 0 },
  ]);
});

it('texts are embedded', async () => {
  const request = { model: 'nomic-embed-text', input: ['a', 'b'], dimensions: 2 };
  expect(await connect().embed(request, never)).toEqual({
    vectors: [Float32Array.of(0.25, 0.5), Float32Array.of(0.25, 0.5)],
    inputTokens: 5,
  });
  expect(server.bodies[0]).toEqual({ model: 'nomic-embed-text', input: ['a', 'b'], dimensions: 2 });
});
