import type { ModelSettings } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { modelRequest } from '../../../providers/__fixtures__/model-request.ts';
import { toGeminiBody } from './request-body.ts';

type Request = Parameters<typeof modelRequest>[1];

function bodyOf(changes: Request = {}, { isVertex = false } = {}) {
  const request = modelRequest('Hi', { model: 'gemini-3-pro-preview', ...changes });
  return toGeminiBody(request, { account: 'google.example', isVertex });
}

const tool = {
  name: 'weather',
  description: 'Of a city',
  parameters: { type: 'object', properties: {} },
  strict: null,
};

describe('settings', () => {
  const schema = { type: 'object', properties: { a: { const: 1 } } };
  const json = { type: 'json_schema', name: 'x', description: null, schema, strict: true } as const;

  it.each<[string, Partial<ModelSettings>, object | undefined]>([
    ['none', {}, undefined],
    ['temperature', { temperature: 0.5 }, { temperature: 0.5 }],
    ['top_p', { topP: 0.9 }, { topP: 0.9 }],
    ['the limit', { maxOutputTokens: 9 }, { maxOutputTokens: 9 }],
    ['penalties', { presencePenalty: 1, frequencyPenalty: -1 }, { presencePenalty: 1, frequencyPenalty: -1 }],
    ['log probabilities', { topLogprobs: 2 }, { responseLogprobs: true, logprobs: 2 }],
    ['JSON', { textFormat: { type: 'json_object' } }, { responseMimeType: 'application/json' }],
    [
      'a schema',
      { textFormat: json },
      {
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', properties: { a: { enum: [1] } } },
      },
    ],
    ['a summary', { reasoningSummary: 'auto' }, { thinkingConfig: { includeThoughts: true } }],
  ])('%s', (_name, settings, expected) => {
    expect(bodyOf({ settings }).generationConfig).toEqual(expected);
  });

  it('of chat completions that the API has too', () => {
    const chatFields = { stop: 'END', seed: 4, top_k: 3, min_p: 0.1 };
    expect(bodyOf({ chatFields }).generationConfig).toEqual({ stopSequences: ['END'], seed: 4, topK: 3 });
  });

  it.each([
    ['gemini-3-flash-preview', 'none', { thinkingLevel: 'MINIMAL' }],
    ['gemini-3-flash-preview', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-3-pro-preview', 'minimal', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-flash-latest', 'xhigh', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['models/gemini-2.5-flash-lite', 'low', { thinkingBudget: 1024, includeThoughts: true }],
    ['gemini-2.5-pro', 'max', { thinkingBudget: 32768, includeThoughts: true }],
    ['gemini-2.5-flash-image', 'high', undefined],
    ['gemini-2.0-flash', 'high', undefined],
    ['gemma-3-27b-it', 'high', undefined],
  ] as const)('of thinking: %s at %s', (model, reasoningEffort, expected) => {
    expect(bodyOf({ model, settings: { reasoningEffort } }).generationConfig?.thinkingConfig).toEqual(
      expected,
    );
  });

  it('leave out penalties that Google AI refuses for Gemini 2.5', () => {
    const changes = { model: 'gemini-2.5-flash', settings: { presencePenalty: 1 } };
    expect(bodyOf(changes).generationConfig).toBeUndefined();
    expect(bodyOf(changes, { isVertex: true }).generationConfig).toEqual({ presencePenalty: 1 });
  });

  it('demand JSON by the instructions beside tools of earlier models', () => {
    const changes = { model: 'gemini-2.5-pro', tools: [tool], settings: { textFormat: json } };
    const body = bodyOf(changes);
    expect(body.generationConfig).toBeUndefined();
    expect(body.systemInstruction?.parts?.[0]?.text).toContain(JSON.stringify(schema));
    const idle = bodyOf({ ...changes, toolChoice: 'none' });
    expect(idle).not.toHaveProperty('tools');
    expect(idle.generationConfig?.responseMimeType).toBe('application/json');
    expect(bodyOf({ ...changes, model: 'gemini-3-pro-preview' })).toMatchObject({
      tools: [{}],
      generationConfig: { responseMimeType: 'application/json' },
    });
  });

  it.each([
    ['auto', false, undefined],
    ['default', false, 'standard'],
    ['flex', false, 'flex'],
    ['flex', true, undefined],
  ])('of the tier: %s (Vertex AI: %s)', (serviceTier, isVertex, expected) => {
    expect(bodyOf({ settings: { serviceTier } }, { isVertex }).serviceTier).toBe(expected);
  });
});

describe('tools', () => {
  it.each([
    ['auto', undefined],
    ['none', { functionCallingConfig: { mode: 'NONE' } }],
    ['required', { functionCallingConfig: { mode: 'ANY' } }],
    [{ name: 'weather' }, { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } }],
  ] as const)('must be used: %j', (toolChoice, expected) => {
    expect(bodyOf({ tools: [tool], toolChoice }).toolConfig).toEqual(expected);
    expect(bodyOf({ toolChoice })).not.toHaveProperty('toolConfig');
  });

  it('are declared in their order, with the same bytes each time', () => {
    const tools = [tool, { ...tool, name: 'a', description: '', parameters: null }];
    expect(bodyOf({ tools }).tools).toEqual([
      {
        functionDeclarations: [
          {
            name: 'weather',
            description: 'Of a city',
            parametersJsonSchema: { type: 'object', properties: {} },
          },
          { name: 'a' },
        ],
      },
    ]);
    expect(JSON.stringify(bodyOf({ tools }))).toBe(JSON.stringify(bodyOf({ tools })));
  });

  it('with other parameters than an object are refused', () => {
    expect(() => bodyOf({ tools: [tool, { ...tool, parameters: { type: 'string' } }] })).toThrow(
      expect.objectContaining({ code: 'model_refused', param: 'tools[1].parameters.type' }) as Error,
    );
  });
});
