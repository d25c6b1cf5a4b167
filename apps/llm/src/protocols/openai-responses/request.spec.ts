import { functionCall, type Item, type JsonObject, type ModelTool } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { plainQuirks, type QuirkChanges } from '../quirks/provider-quirks.ts';
import { type RequestTarget, toResponsesParams } from './request.ts';

const account = 'api.example#ours';
const thought = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'reasoning',
  summary: [],
  encrypted_content: `sealed ${id} \u00e9`,
  ...more,
});
const tool: ModelTool = { name: 'add', description: 'Adds.', parameters: { type: 'object' }, strict: null };

function paramsOf(changes: Parameters<typeof modelRequest>[1], target: Partial<RequestTarget> = {}) {
  return toResponsesParams(modelRequest('Hello', changes), {
    account,
    quirks: plainQuirks,
    isStreamed: true,
    isReasoning: true,
    ...target,
  });
}

const dropping = (...drop_fields: NonNullable<QuirkChanges['drop_fields']>): Partial<RequestTarget> => ({
  quirks: { ...plainQuirks, drop_fields },
});

function inputOf(items: Item[]): unknown[] {
  return paramsOf({ items }).input;
}

function said(role: 'user' | 'assistant' | 'system' | 'developer', text: string): Item {
  return { type: 'message', id: 'msg_1', role, content: [{ type: 'text', text }], status: 'completed' };
}

function thinks(details: JsonObject[] | undefined, provider = account): Item {
  const origin = { provider, ...(details && { details }) };
  return { type: 'reasoning', id: 'rs_ours', text: 'Hm', status: 'completed', origin };
}

const calls = (callId: string) =>
  functionCall({ id: `fc_${callId}`, callId, name: 'add', arguments: '{"a":1}', executor: 'client' });
const returns = (callId: string, output: string): Item => ({
  type: 'function_call_output',
  id: `out_${callId}`,
  callId,
  output,
  status: 'completed',
});
const call = (call_id: string, args = '{"a":1}') => ({
  type: 'function_call',
  call_id,
  name: 'add',
  arguments: args,
});
const output = (call_id: string, text: unknown) => ({ type: 'function_call_output', call_id, output: text });
const message = (role: string, type: string, text: string) => ({
  type: 'message',
  role,
  content: [{ type, text }],
});

describe('toResponsesParams', () => {
  it('sends a request that is not stored, and asks for encrypted thoughts', () => {
    expect(paramsOf({ instructions: 'Be brief.' })).toEqual({
      model: 'test-model',
      instructions: 'Be brief.',
      input: [message('user', 'input_text', 'Hello')],
      stream: true,
      store: false,
      truncation: 'disabled',
      include: ['reasoning.encrypted_content'],
    });
    expect(paramsOf({}, { isReasoning: false, isStreamed: false })).toEqual({
      model: 'test-model',
      input: [message('user', 'input_text', 'Hello')],
      stream: false,
      store: false,
      truncation: 'disabled',
    });
  });

  it.each<[string, NonNullable<Parameters<typeof modelRequest>[1]>, object]>([
    ['the limit', { settings: { maxOutputTokens: 9 } }, { max_output_tokens: 9 }],
    ['the effort', { settings: { reasoningEffort: 'low' } }, { reasoning: { effort: 'low' } }],
    ['the summary', { settings: { reasoningSummary: 'auto' } }, { reasoning: { summary: 'auto' } }],
    ['the verbosity', { settings: { verbosity: 'low' } }, { text: { verbosity: 'low' } }],
    ['chat verbosity', { chatFields: { verbosity: 'high' } }, { text: { verbosity: 'high' } }],
    [
      'JSON',
      { settings: { textFormat: { type: 'json_object' } } },
      { text: { format: { type: 'json_object' } } },
    ],
    ['the user', { settings: { user: 'u', safetyIdentifier: 's' } }, { user: 'u', safety_identifier: 's' }],
    [
      'the chat user',
      { chatFields: { user: 'u', prompt_cache_key: 'k' } },
      { user: 'u', prompt_cache_key: 'k' },
    ],
    [
      'the cache',
      { settings: { promptCacheKey: 'k', promptCacheRetention: '24h' } },
      { prompt_cache_key: 'k', prompt_cache_retention: '24h' },
    ],
    ['the tier', { settings: { serviceTier: 'flex' } }, { service_tier: 'flex' }],
    [
      'tools',
      { tools: [tool], toolChoice: 'required', settings: { parallelToolCalls: false } },
      {
        tools: [
          {
            type: 'function',
            name: 'add',
            description: 'Adds.',
            parameters: { type: 'object', properties: {} },
            strict: false,
          },
        ],
        tool_choice: 'required',
        parallel_tool_calls: false,
      },
    ],
    [
      'a chosen tool',
      { tools: [{ ...tool, strict: true, description: '' }], toolChoice: { name: 'add' } },
      {
        tools: [
          { type: 'function', name: 'add', parameters: { type: 'object', properties: {} }, strict: true },
        ],
        tool_choice: { type: 'function', name: 'add' },
      },
    ],
    ['no choice without tools', { toolChoice: 'required', settings: { parallelToolCalls: true } }, {}],
    [
      'a schema',
      {
        settings: {
          textFormat: {
            type: 'json_schema',
            name: 'x',
            description: null,
            schema: { type: 'object' },
            strict: true,
          },
        },
      },
      {
        text: {
          format: {
            type: 'json_schema',
            name: 'x',
            schema: { type: 'object', properties: {} },
            strict: true,
          },
        },
      },
    ],
  ])('sends %s', (_name, changes, expected) => {
    const { model: _model, input: _input, stream: _stream, store: _store, ...params } = paramsOf(changes);
    expect(params).toEqual({ truncation: 'disabled', include: ['reasoning.encrypted_content'], ...expected });
  });

  it('directs the sampling of a model that does not reason, or does not reason now', () => {
    const settings = { temperature: 0.5, topP: 0.9, topLogprobs: 2, presencePenalty: 1, frequencyPenalty: 1 };
    const sampling = {
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 2,
      presence_penalty: 1,
      frequency_penalty: 1,
    };
    const logprobs = 'message.output_text.logprobs';
    expect(paramsOf({ settings }, { isReasoning: false })).toMatchObject({
      ...sampling,
      include: [logprobs],
    });
    expect(paramsOf({ settings: { ...settings, reasoningEffort: 'none' } })).toMatchObject({
      ...sampling,
      include: ['reasoning.encrypted_content', logprobs],
    });
    for (const reasoningEffort of [null, 'high'] as const) {
      const params = paramsOf({ settings: { ...settings, reasoningEffort } });
      for (const field of Object.keys(sampling)) expect(params).not.toHaveProperty(field);
      expect(params.include).toEqual(['reasoning.encrypted_content']);
    }
  });

  it('uses the words of the provider, and leaves out fields that it refuses', () => {
    const settings = {
      reasoningEffort: 'max',
      verbosity: 'low',
      serviceTier: 'flex',
      topLogprobs: 1,
    } as const;
    const quirks = { ...plainQuirks, efforts: { max: 'xhigh', low: null } };
    expect(paramsOf({ settings }, { quirks }).reasoning).toEqual({ effort: 'xhigh' });
    expect(paramsOf({ settings: { reasoningEffort: 'low' } }, { quirks })).not.toHaveProperty('reasoning');
    const summarized = { settings: { reasoningSummary: 'auto' as const } };
    expect(paramsOf(summarized, { isReasoning: false })).not.toHaveProperty('reasoning');
    const fields = [
      'reasoning_effort',
      'verbosity',
      'service_tier',
      'strict',
      'store',
      'top_logprobs',
    ] as const;
    const target = { ...dropping(...fields), isReasoning: false };
    const params = paramsOf({ settings, tools: [tool] }, target);
    for (const field of ['reasoning', 'text', 'service_tier', 'store', 'include', 'top_logprobs'])
      expect(params).not.toHaveProperty(field);
    expect(params.tools?.[0]).not.toHaveProperty('strict');
  });

  it.each(['stop', 'logit_bias'])('refuses %s, which this API does not have', (field) => {
    expect(() => paramsOf({ chatFields: { [field]: ['x'] } })).toThrow(
      expect.objectContaining({ code: 'model_refused', param: field }),
    );
  });

  it('leaves out chat fields that direct the sampling', () => {
    const params = paramsOf({ chatFields: { seed: 1, top_k: 2, min_p: 0.1 } });
    for (const field of ['seed', 'top_k', 'min_p']) expect(params).not.toHaveProperty(field);
  });
});

describe('the input', () => {
  it('has messages of every role, with the parts of each', () => {
    const content: Extract<Item, { type: 'message' }>['content'] = [
      { type: 'text', text: 'See' },
      { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
      { type: 'file', url: 'data:application/pdf;base64,AA==', filename: 'a.pdf' },
      { type: 'file', url: 'data:application/pdf;base64,AA==' },
      { type: 'file', url: 'https://example.com/b.pdf', filename: 'b.pdf' },
    ];
    const user: Item = { type: 'message', id: 'msg_2', role: 'user', content, status: 'completed' };
    const refused: Item = {
      type: 'message',
      id: 'msg_3',
      role: 'assistant',
      content: [
        { type: 'text', text: 'Well' },
        { type: 'refusal', refusal: 'No.' },
        { type: 'image', url: 'data:image/png;base64,AA==' },
      ],
      status: 'completed',
    };
    expect(
      inputOf([said('system', 'S'), said('developer', 'D'), user, refused, said('assistant', '')]),
    ).toEqual([
      message('system', 'input_text', 'S'),
      message('developer', 'input_text', 'D'),
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
          { type: 'input_file', filename: 'file', file_data: 'data:application/pdf;base64,AA==' },
          { type: 'input_file', file_url: 'https://example.com/b.pdf' },
        ],
      },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'Well' },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
    ]);
  });

  it('refuses audio of the caller with its place, and notes audio of a tool', () => {
    const audio = { type: 'audio' as const, data: 'AA==', format: 'wav' };
    const heard: Item = { type: 'message', id: 'm', role: 'user', content: [audio], status: 'completed' };
    expect(() => inputOf([said('user', 'Hi'), heard])).toThrow(
      expect.objectContaining({ code: 'model_refused', param: 'items[1].content[0]' }),
    );
    const parts: Item = {
      ...(returns('c1', '') as Extract<Item, { type: 'function_call_output' }>),
      output: [audio],
    };
    expect(inputOf([calls('c1'), parts])).toEqual([
      call('c1'),
      output('c1', [{ type: 'input_text', text: '(Audio is left out: this model does not take it.)' }]),
    ]);
  });

  it('has the thoughts of this account before what they led to, unchanged', () => {
    const first = thought('rs_1', { content: [], format: 'own' });
    const second = thought('rs_2');
    const items = [
      said('user', 'Add'),
      thinks([first]),
      said('assistant', 'I add.'),
      // The thoughts of an answer repeat the earlier ones.
      thinks([first, second]),
      calls('c1'),
      calls('c2'),
      returns('c1', '2'),
      returns('c2', '3'),
      thinks([thought('rs_3')]),
      said('assistant', 'Done'),
    ];
    expect(inputOf(items)).toEqual([
      message('user', 'input_text', 'Add'),
      first,
      message('assistant', 'output_text', 'I add.'),
      second,
      call('c1'),
      call('c2'),
      output('c1', '2'),
      output('c2', '3'),
      thought('rs_3'),
      message('assistant', 'output_text', 'Done'),
    ]);
  });

  it.each<[string, Item[]]>([
    ['of another account', [thinks([thought('rs_1')], 'api.example#other'), said('assistant', 'Hi')]],
    ['of another API', [thinks([{ type: 'thinking', signature: 's' }]), said('assistant', 'Hi')]],
    ['without data', [thinks(undefined), said('assistant', 'Hi')]],
    ['of a caller', [{ ...thinks([]), origin: undefined } as Item, said('assistant', 'Hi')]],
    ['without a following item', [said('assistant', 'Hi'), thinks([thought('rs_1')])]],
    ['before an empty message', [said('assistant', 'Hi'), thinks([thought('rs_1')]), said('assistant', '')]],
  ])('leaves out thoughts %s', (_name, items) => {
    expect(inputOf(items)).toEqual([message('assistant', 'output_text', 'Hi')]);
    expect(inputOf([...items, said('user', 'And?')])).toEqual([
      message('assistant', 'output_text', 'Hi'),
      message('user', 'input_text', 'And?'),
    ]);
  });

  it('has an output for every call, also for one that was not carried out, and the ids of the provider', () => {
    const long = `call_${'x'.repeat(90)}`;
    const renamed: Item = {
      ...calls('call_short'),
      arguments: '',
      origin: { provider: account, extraContent: {}, callId: long },
    };
    expect(inputOf([renamed, calls('c2'), returns('call_short', '2'), said('user', 'And?')])).toEqual([
      call(long, '{}'),
      call('c2'),
      output(long, '2'),
      output('c2', 'This call was not carried out.'),
      message('user', 'input_text', 'And?'),
    ]);
  });
});
