import { describe, expect, it } from 'vitest';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { said, tool } from '../__fixtures__/conversation.ts';
import {
  account,
  adaptive,
  bodyOf,
  budget,
  type Changes,
  errorOf,
  newest,
} from './__fixtures__/checked-call.ts';
import { toMessagesCall } from './request.ts';

describe('thinking', () => {
  const summarized = { type: 'adaptive', display: 'summarized' };
  it.each([
    [adaptive, null, undefined, undefined],
    [adaptive, 'none', { type: 'disabled' }, undefined],
    [adaptive, 'minimal', summarized, { effort: 'low' }],
    [adaptive, 'xhigh', summarized, { effort: 'xhigh' }],
    ['claude-opus-4-6', 'xhigh', summarized, { effort: 'high' }],
    [newest, 'none', undefined, { effort: 'low' }],
    ['claude-sonnet-5-5', 'none', { type: 'between_tools' }, { effort: 'low' }],
    [budget, null, undefined, undefined],
    [budget, 'none', { type: 'disabled' }, undefined],
    [budget, 'high', { type: 'enabled', budget_tokens: 24_576 }, undefined],
    ['claude-3-haiku-20240307', 'high', undefined, undefined],
    [
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'medium',
      { type: 'enabled', budget_tokens: 8_192 },
      undefined,
    ],
  ] as const)('of %s with effort %s', (model, reasoningEffort, thinking, config) => {
    const request = modelRequest('Hello', { model, settings: { reasoningEffort } });
    const { body } = toMessagesCall(request, { account, isStreamed: true, outputTokensMax: null });
    expect(body.thinking).toEqual(thinking);
    expect(body.output_config).toEqual(config);
  });

  it('leaves room for the answer within the limit of tokens', () => {
    const settings = { reasoningEffort: 'max', maxOutputTokens: 4_000 } as const;
    expect(bodyOf({ model: budget, settings }).thinking).toEqual({ type: 'enabled', budget_tokens: 3_000 });
    expect(
      bodyOf({ model: budget, settings: { ...settings, maxOutputTokens: 500 } }).thinking,
    ).toBeUndefined();
  });

  it('gives way to a forced call where the model cannot do both', () => {
    const body = bodyOf({
      model: budget,
      tools: [tool('tide')],
      toolChoice: 'required',
      settings: { reasoningEffort: 'high' },
    });
    expect(body.thinking).toBeUndefined();
    expect(body.tool_choice).toEqual({ type: 'any' });
  });
});

describe('tools', () => {
  it('keep their order and get accepted names', () => {
    const body = bodyOf({ tools: [tool('zeta'), tool('sea.tide', null, { description: null })] });
    expect(body.tools).toEqual([
      { name: 'zeta', description: 'Does zeta', input_schema: { type: 'object', properties: {} } },
      {
        name: expect.stringMatching(/^sea_tide_[0-9a-f]{8}$/) as string,
        input_schema: { type: 'object', properties: {} },
      },
    ]);
  });

  it.each([
    ['auto', null, undefined],
    ['auto', false, { type: 'auto', disable_parallel_tool_use: true }],
    ['required', null, { type: 'any' }],
    ['required', false, { type: 'any', disable_parallel_tool_use: true }],
    ['none', false, { type: 'none' }],
    [{ name: 'tide' }, null, { type: 'tool', name: 'tide' }],
  ] as const)('with the choice %j and parallel calls %s', (toolChoice, parallelToolCalls, expected) => {
    expect(
      bodyOf({ tools: [tool('tide')], toolChoice, settings: { parallelToolCalls } }).tool_choice,
    ).toEqual(expected);
  });

  it('cannot be forced upon a model that refuses it', () => {
    expect(errorOf({ model: newest, tools: [tool('tide')], toolChoice: 'required' })).toMatchObject({
      code: 'model_refused',
      param: 'toolChoice',
    });
  });

  const port = { type: 'object', properties: { port: { type: 'string' } }, required: ['port'] };
  it.each([
    [
      { $ref: '#/$defs/Port', $defs: { Port: port } },
      { ...port, $defs: { Port: port } },
    ],
    [
      { anyOf: [port, { type: 'object', properties: { id: { type: 'integer' } } }] },
      { type: 'object', properties: { port: { type: 'string' }, id: { type: 'integer' } } },
    ],
    [
      { allOf: [port, { type: 'object', properties: { day: {} } }] },
      { ...port, properties: { port: { type: 'string' }, day: {} } },
    ],
    [{ ...port, oneOf: [{ required: ['port'] }] }, port],
  ])('with the schema %j have an object at the root', (parameters, expected) => {
    const { tools } = bodyOf({ tools: [tool('tide', parameters)] });
    expect(tools).toEqual([expect.objectContaining({ input_schema: expected })]);
  });

  it.each([
    [{ type: 'string' }, 'tools[0].parameters'],
    [{ $ref: '#/$defs/None' }, 'tools[0].parameters'],
    [{ $ref: '#' }, 'tools[0].parameters'],
    [{ type: 'object', properties: { 'the port': {} } }, 'tools[0].parameters.properties'],
  ])('with the schema %j are refused with its path', (parameters, param) => {
    expect(errorOf({ tools: [tool('tide', parameters)] })).toMatchObject({ code: 'model_refused', param });
  });

  it('are strict where their schema can be', () => {
    const strict = { strict: true };
    const open = { type: 'object', properties: { map: { type: 'object' } } };
    const body = bodyOf({ tools: [tool('a', port, strict), tool('b', open, strict)] });
    expect(body.tools?.map((sent) => 'strict' in sent && sent.strict)).toEqual([true, false]);
    const schema = { ...port, additionalProperties: false };
    expect(body.tools?.[0]).toEqual(expect.objectContaining({ input_schema: schema }));
  });
});

describe('the form of the answer', () => {
  const format = (schema: object) => ({
    textFormat: {
      type: 'json_schema' as const,
      name: 'tide',
      description: null,
      schema: schema as never,
      strict: true,
    },
  });
  it('is given by a schema in the subset of the API', () => {
    const schema = {
      type: 'object',
      properties: {
        height: { type: 'number', minimum: 0 },
        port: { oneOf: [{ type: 'string' }, { $ref: '#/$defs/Id' }] },
      },
      required: ['height', 'port'],
      $defs: { Id: { type: 'integer' } },
    };
    expect(bodyOf({ settings: format(schema) }).output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            height: { type: 'number', description: '(minimum: 0)' },
            port: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
          },
          required: ['height', 'port'],
          additionalProperties: false,
        },
      },
    });
  });

  it.each([
    [{ type: 'object', additionalProperties: { type: 'number' } }],
    [{ type: 'object', properties: { next: { $ref: '#' } } }],
    [
      {
        type: 'object',
        properties: Object.fromEntries(Array.from({ length: 13 }, (_, at) => [`p${at}`, {}])),
      },
    ],
  ])('is given by an instruction where the subset cannot express it: %j', (schema) => {
    const body = bodyOf({ settings: format(schema) });
    expect(body.output_config).toBeUndefined();
    expect(body.system?.at(-1)?.text).toContain(JSON.stringify(schema));
  });

  it('is given by an instruction to models without schemas, and for any object', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    expect(
      bodyOf({ model: 'claude-3-haiku-20240307', settings: format(schema) }).output_config,
    ).toBeUndefined();
    expect(bodyOf({ settings: { textFormat: { type: 'json_object' } } }).system?.[0]?.text).toMatch(
      /^Answer with a JSON object/,
    );
  });
});

describe('settings', () => {
  it.each([
    [budget, { temperature: 1.5 }, { temperature: 1 }],
    [budget, { temperature: 0.5, topP: 0.9 }, { temperature: 0.5 }],
    [budget, { topP: 0.9 }, { top_p: 0.9 }],
    [budget, { temperature: 0.5, reasoningEffort: 'high' }, {}],
    [adaptive, { temperature: 0.5, topP: 0.9 }, {}],
    [adaptive, { presencePenalty: 1, frequencyPenalty: 1, verbosity: 'low', topLogprobs: 2 }, {}],
  ] as const)('of %s: %j', (model, settings, expected) => {
    const { temperature, top_p } = bodyOf({ model, settings });
    expect({ temperature, top_p }).toEqual({ temperature: undefined, top_p: undefined, ...expected });
  });

  it.each([
    [null, null, 64_000],
    [100, null, 100],
    [100_000, null, 64_000],
    [null, 8_000, 8_000],
  ])('limit %s, of the catalogue %s: %s tokens', (maxOutputTokens, outputTokensMax, expected) => {
    const request = modelRequest('Hello', { model: budget, settings: { maxOutputTokens } });
    expect(toMessagesCall(request, { account, isStreamed: true, outputTokensMax }).body.max_tokens).toBe(
      expected,
    );
  });

  it('pass on stop sequences, the tier and a digest of the user', () => {
    const body = bodyOf({
      chatFields: { stop: ['END', ' '], seed: 1, logit_bias: {} },
      settings: { user: 'ann@example.org', serviceTier: 'default' },
    });
    expect(body).toMatchObject({ stop_sequences: ['END'], service_tier: 'standard_only' });
    expect(body.metadata?.user_id).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('cache marks', () => {
  const long = 'All about tides. '.repeat(400);
  const marks = (changes: Changes) => {
    const body = bodyOf(changes);
    const blocks = [
      ...(body.tools ?? []),
      ...(body.system ?? []),
      ...body.messages.flatMap(({ content }) => content),
    ];
    return blocks.map((block) => ('cache_control' in block ? 'x' : '-')).join('');
  };
  const turns = [
    said('user', 'a'),
    said('assistant', 'b'),
    said('user', 'c'),
    said('assistant', 'd'),
    said('user', 'e'),
  ];

  it.each([
    ['none on a short request', { items: turns }, '-----'],
    [
      'on the system text, and the last two messages of the user',
      { instructions: long, items: turns },
      'x--x-x',
    ],
    ['not on a lone message', { items: [said('user', long)] }, '-'],
    ['on a lone message with tools', { items: [said('user', long)], tools: [tool('tide')] }, '-x'],
    [
      'on long tools',
      { items: turns, tools: [tool('a'), tool('b', null, { description: long })] },
      '-x--x-x',
    ],
    [
      'four at most',
      { instructions: long, items: turns, tools: [tool('b', null, { description: long })] },
      'xx--x-x',
    ],
  ])('are %s', (_name, changes, expected) => {
    expect(marks(changes)).toBe(expected);
  });

  it('last an hour where the request asks for a longer time', () => {
    const body = bodyOf({ instructions: long, items: turns, settings: { promptCacheRetention: '24h' } });
    expect(body.system?.[0]?.cache_control).toEqual({ type: 'ephemeral', ttl: '1h' });
  });
});
