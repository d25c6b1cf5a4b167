import type { JsonObject } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { called, output, said, thought, tool } from '../__fixtures__/conversation.ts';
import { toConverseBody } from './request.ts';
import type { ConverseBody } from './wire.ts';

type Changes = Parameters<typeof modelRequest>[1];

const account = 'bedrock-runtime.eu-west-1.amazonaws.com';
const budget = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const adaptive = 'anthropic.claude-opus-4-8';
const nova = 'amazon.nova-2-lite-v1:0';
const llama = 'meta.llama3-1-70b-instruct-v1:0';

function bodyOf(changes: Changes): ConverseBody {
  return toConverseBody(modelRequest('Hello', { model: budget, ...changes }), {
    account,
    outputTokensMax: null,
  });
}

function errorOf(changes: Changes): unknown {
  try {
    bodyOf(changes);
  } catch (error) {
    return error;
  }
  return undefined;
}

it('is the system text, the messages and the settings', () => {
  const settings = { maxOutputTokens: 100, temperature: 0.5, serviceTier: 'flex' } as const;
  expect(bodyOf({ instructions: 'Be kind.', settings, chatFields: { stop: 'END', seed: 1 } })).toEqual({
    system: [{ text: 'Be kind.' }],
    messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
    inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ['END'] },
    serviceTier: { type: 'flex' },
  });
});

describe('thinking', () => {
  const summarized = { type: 'adaptive', display: 'summarized' };
  it.each([
    [budget, 'high', { thinking: { type: 'enabled', budget_tokens: 24_576 } }, { maxTokens: 64_000 }],
    [budget, 'none', { thinking: { type: 'disabled' } }, undefined],
    [adaptive, 'max', { thinking: summarized, output_config: { effort: 'max' } }, undefined],
    [nova, 'minimal', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }, undefined],
    [nova, 'none', { reasoningConfig: { type: 'disabled' } }, undefined],
    ['openai.gpt-oss-120b-1:0', 'xhigh', { reasoning_effort: 'high' }, undefined],
    [llama, 'high', undefined, undefined],
  ] as const)('of %s with effort %s', (model, reasoningEffort, fields, inference) => {
    const body = bodyOf({ model, settings: { reasoningEffort } });
    expect(body.additionalModelRequestFields).toEqual(fields);
    expect(body.inferenceConfig).toEqual(inference);
  });
});

describe('thoughts', () => {
  const details: JsonObject[] = [
    { reasoningText: { text: 'Two ports,\u2028 two tides.', signature: 'abc+/==' } },
    { redactedContent: 'aGlk' },
    { reasoningText: { text: 'unsigned' } },
  ];
  const loop = (provider: string) => [
    said('user', 'Tides?'),
    thought(provider, details),
    called('tooluse_a', 'tide', '{}'),
    output('tooluse_a', 'high'),
  ];

  it('go back to their account byte-equal where they are signed', () => {
    const content = bodyOf({ items: loop(account), tools: [tool('tide')] }).messages[1]?.content ?? [];
    expect(JSON.stringify(content.slice(0, 2))).toBe(
      JSON.stringify(details.slice(0, 2).map((detail) => ({ reasoningContent: detail }))),
    );
    expect(content[2]).toHaveProperty('toolUse');
  });

  it.each([llama, nova, 'anthropic.claude-3-haiku-20240307-v1:0'])(
    'never go to %s, which signs none',
    (model) => {
      expect(JSON.stringify(bodyOf({ model, items: loop(account), tools: [tool('tide')] }))).not.toContain(
        'abc+',
      );
    },
  );

  it('never go to another account', () => {
    expect(JSON.stringify(bodyOf({ items: loop('api.anthropic.com'), tools: [tool('tide')] }))).not.toContain(
      'abc+',
    );
  });
});

describe('tools', () => {
  it.each([
    ['auto', null, undefined, undefined],
    ['required', null, { any: {} }, undefined],
    [{ name: 'tide' }, null, { tool: { name: 'tide' } }, undefined],
    ['auto', false, undefined, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }],
    ['required', false, undefined, { tool_choice: { type: 'any', disable_parallel_tool_use: true } }],
  ] as const)('with the choice %j and parallel calls %s', (toolChoice, parallelToolCalls, choice, fields) => {
    const body = bodyOf({ tools: [tool('tide')], toolChoice, settings: { parallelToolCalls } });
    expect(body.toolConfig?.toolChoice).toEqual(choice);
    expect(body.additionalModelRequestFields).toEqual(fields);
  });

  it('that the model may not call are left out, and earlier calls become text', () => {
    const items = [
      said('user', 'Tides?'),
      called('a', 'tide', '{"port":"Brest"}'),
      output('a', 'high'),
      said('user', 'So?'),
    ];
    const body = bodyOf({ items, tools: [tool('tide')], toolChoice: 'none' });
    expect(body.toolConfig).toBeUndefined();
    expect(body.messages.slice(1)).toEqual([
      { role: 'assistant', content: [{ text: '[I called tide with {"port":"Brest"}.]' }] },
      { role: 'user', content: [{ text: '[The output of the call:]' }, { text: 'high' }, { text: 'So?' }] },
    ]);
  });

  const tree = { type: 'object', properties: { next: { $ref: '#' } } };
  it('that refer to themselves are refused with their path where the model knows no references', () => {
    expect(errorOf({ model: nova, tools: [tool('tide', tree)] })).toMatchObject({
      code: 'model_refused',
      param: 'tools[0].parameters.properties.next',
    });
    expect(errorOf({ tools: [tool('tide', tree)] })).toBeUndefined();
  });

  it('have the schemas that Nova accepts', () => {
    const schema = {
      type: 'object',
      title: 'T',
      properties: { port: { $ref: '#/$defs/P' } },
      required: ['port'],
      $defs: { P: { type: 'string' } },
    };
    const [sent] = bodyOf({ model: nova, tools: [tool('tide', schema)] }).toolConfig?.tools ?? [];
    expect(sent).toMatchObject({
      toolSpec: {
        inputSchema: {
          json: { type: 'object', properties: { port: { type: 'string' } }, required: ['port'] },
        },
      },
    });
    expect(JSON.stringify(sent)).not.toMatch(/title|\$defs|\$ref/);
  });

  it('are strict where the model and their schema can be', () => {
    const schema = { type: 'object', properties: { port: { type: 'string' } }, required: ['port'] };
    const strict = (model: string) =>
      JSON.stringify(bodyOf({ model, tools: [tool('tide', schema, { strict: true })] }).toolConfig).includes(
        '"strict":true',
      );
    expect([budget, adaptive, llama].map(strict)).toEqual([true, false, false]);
  });
});

describe('content', () => {
  it('has images, and documents with a text and a name of their own', () => {
    const pdf = `data:application/pdf;base64,${Buffer.from('%PDF-1.7').toString('base64')}`;
    const items = [
      said('user', [
        { type: 'image', url: 'data:image/jpeg;base64,/9j=' },
        { type: 'file', url: pdf, filename: 'tides_2026.pdf' },
        { type: 'file', url: pdf },
      ]),
    ];
    const bytes = Buffer.from('%PDF-1.7').toString('base64');
    expect(bodyOf({ items }).messages[0]?.content).toEqual([
      { image: { format: 'jpeg', source: { bytes: '/9j=' } } },
      { text: 'The file "tides 2026 pdf 1":' },
      { document: { format: 'pdf', name: 'tides 2026 pdf 1', source: { bytes } } },
      { text: 'The file "file 2":' },
      { document: { format: 'pdf', name: 'file 2', source: { bytes } } },
    ]);
  });

  it.each([
    [{ type: 'image', url: 'https://a.example/b.png' } as const],
    [{ type: 'image', url: 'data:image/tiff;base64,AAAA' } as const],
    [{ type: 'file', url: 'data:application/zip;base64,UEs=' } as const],
    [{ type: 'audio', data: 'AAAA', format: 'wav' } as const],
  ])('is refused with its place where the API does not accept it', (part) => {
    expect(errorOf({ items: [said('user', [part])] })).toMatchObject({
      code: 'model_refused',
      param: 'items[0].content[0]',
    });
  });
});

describe('the form of the answer', () => {
  const schema = { type: 'object', properties: { height: { type: 'number' } }, required: ['height'] };
  const settings = {
    textFormat: { type: 'json_schema' as const, name: 'tide', description: 'A tide', schema, strict: true },
  };

  it('is given by a schema to models that keep it', () => {
    const { jsonSchema } = bodyOf({ settings }).outputConfig?.textFormat.structure ?? {};
    expect(jsonSchema).toMatchObject({ name: 'tide', description: 'A tide' });
    expect(JSON.parse(jsonSchema?.schema ?? '')).toEqual({ ...schema, additionalProperties: false });
  });

  it.each([adaptive, nova, llama])('is given by an instruction to %s', (model) => {
    const body = bodyOf({ model, settings });
    expect(body.outputConfig).toBeUndefined();
    expect(JSON.stringify(body.system)).toContain('fits this JSON Schema');
  });
});

describe('cache points', () => {
  const long = 'All about tides. '.repeat(400);
  const items = [said('user', 'a'), said('assistant', 'b'), said('user', 'c')];
  const points = (changes: Changes) => {
    const { toolConfig, system, messages } = bodyOf({ items, ...changes });
    const lists = [toolConfig?.tools ?? [], system ?? [], ...messages.map(({ content }) => content)];
    return lists.map((list) => (list.some((block) => 'cachePoint' in block) ? 'x' : '-')).join('');
  };

  it.each([
    ['none on a short request', {}, '-----'],
    [
      'on tools, system text and messages of Claude',
      { instructions: long, tools: [tool('a', null, { description: long })] },
      'xxx-x',
    ],
    [
      'not on tools of Nova',
      { model: nova, instructions: long, tools: [tool('a', null, { description: long })] },
      '-xx-x',
    ],
    ['none for models without them', { model: llama, instructions: long }, '-----'],
  ])('are %s', (_name, changes, expected) => {
    expect(points(changes)).toBe(expected);
  });
});
