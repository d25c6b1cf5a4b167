import { describe, expect, it } from 'vitest';
import { modelRequest } from '../../../providers/__fixtures__/model-request.ts';
import { type ModelQuirks, plainQuirks } from '../../quirks/provider-quirks.ts';
import { toChatParams } from './chat-params.ts';

describe('toChatParams', () => {
  const paramsOf = (request: Parameters<typeof toChatParams>[0], changes: Partial<ModelQuirks> = {}) =>
    toChatParams(request, { ...plainQuirks, ...changes }, { account: 'here', isStreamed: true });

  it('sends only the fields of the request', () => {
    expect(paramsOf(modelRequest('Hi'))).toEqual({
      model: 'test-model',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('sends every field of the request', () => {
    const request = modelRequest('Hi', {
      tools: [{ name: 'search', description: 'Finds.', parameters: null, strict: true }],
      toolChoice: { name: 'search' },
      chatFields: { stop: ['.'], seed: 7 },
      settings: {
        temperature: 0.5,
        topP: 0.9,
        presencePenalty: 1,
        frequencyPenalty: -1,
        maxOutputTokens: 100,
        parallelToolCalls: false,
        reasoningEffort: 'low',
        reasoningSummary: 'auto',
        verbosity: 'low',
        topLogprobs: 2,
        user: 'u',
        safetyIdentifier: 's',
        promptCacheKey: 'k',
        textFormat: {
          type: 'json_schema',
          name: 'answer',
          description: null,
          schema: { type: 'object' },
          strict: true,
        },
      },
    });
    expect(paramsOf(request, { max_tokens_field: 'max_completion_tokens' })).toEqual({
      stop: ['.'],
      seed: 7,
      model: 'test-model',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      top_p: 0.9,
      presence_penalty: 1,
      frequency_penalty: -1,
      max_completion_tokens: 100,
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      verbosity: 'low',
      logprobs: true,
      top_logprobs: 2,
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      tools: [
        {
          type: 'function',
          function: {
            name: 'search',
            description: 'Finds.',
            parameters: { type: 'object', properties: {} },
            strict: true,
          },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'search' } },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object', properties: {} }, strict: true },
      },
    });
  });

  it('leaves out fields that providers refuse without tools', () => {
    const params = paramsOf(
      modelRequest('Hi', { toolChoice: 'required', settings: { parallelToolCalls: true } }),
    );
    expect(params).not.toHaveProperty('tool_choice');
    expect(params).not.toHaveProperty('parallel_tool_calls');
  });

  it('completes the schemas of tools and leaves out empty descriptions', () => {
    const request = modelRequest('Hi', {
      tools: [
        { name: 'a', description: '', parameters: {}, strict: null },
        {
          name: 'b',
          description: null,
          parameters: {
            type: 'object',
            properties: {
              description: { type: 'string', description: '' },
              nested: { type: 'array', items: { anyOf: [{ type: 'object' }, { type: 'null' }] } },
            },
            $defs: { free: { type: 'object', additionalProperties: { type: 'object' } } },
          },
          strict: null,
        },
      ],
    });
    const empty = { type: 'object', properties: {} };
    expect(paramsOf(request).tools).toEqual([
      { type: 'function', function: { name: 'a', parameters: empty } },
      {
        type: 'function',
        function: {
          name: 'b',
          parameters: {
            type: 'object',
            properties: {
              description: { type: 'string' },
              nested: { type: 'array', items: { anyOf: [empty, { type: 'null' }] } },
            },
            $defs: { free: { ...empty, additionalProperties: empty } },
          },
        },
      },
    ]);
  });

  it("sends the effort in the provider's values", () => {
    const effortOf = (effort: 'none' | 'medium', changes: Partial<ModelQuirks>) => {
      const params = paramsOf(modelRequest('Hi', { settings: { reasoningEffort: effort } }), changes);
      return [params.reasoning_effort, params.thinking];
    };
    expect(effortOf('medium', {})).toEqual(['medium', undefined]);
    expect(effortOf('medium', { efforts: { medium: 'default' } })).toEqual(['default', undefined]);
    expect(effortOf('none', { efforts: { none: null }, thinking_switch: true })).toEqual([
      undefined,
      { type: 'disabled' },
    ]);
    expect(effortOf('medium', { efforts: { medium: 'high' }, thinking_switch: true })).toEqual([
      'high',
      { type: 'enabled' },
    ]);
  });

  it('puts a schema into the instructions where the provider has `json_object` only', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const textFormat = {
      type: 'json_schema',
      name: 'answer',
      description: null,
      schema,
      strict: true,
    } as const;
    const params = paramsOf(modelRequest('Hi', { instructions: 'Be brief.', settings: { textFormat } }), {
      response_format: 'json_object',
    });
    expect(params.response_format).toEqual({ type: 'json_object' });
    expect(params.messages[0]).toEqual({
      role: 'system',
      content: expect.stringMatching(/^Be brief\.\n\n.*JSON Schema:\n\{"type":"object"/) as string,
    });
  });

  it('leaves out fields that the provider refuses, of the request and of the defaults', () => {
    const request = modelRequest('Hi', {
      tools: [{ name: 'search', description: null, parameters: null, strict: true }],
      toolChoice: 'none',
      chatFields: { seed: 7, logit_bias: {} },
      settings: { user: 'u', promptCacheKey: 'k', safetyIdentifier: 's' },
    });
    const params = paramsOf(request, {
      stream_options: false,
      drop_fields: ['seed', 'logit_bias', 'user', 'prompt_cache_key', 'safety_identifier', 'strict'],
    });
    expect(Object.keys(params).sort()).toEqual(['messages', 'model', 'stream', 'tool_choice', 'tools']);
    expect(JSON.stringify(params.tools)).not.toContain('strict');
    expect(paramsOf(request, { drop_fields: ['tool_choice'] })).not.toHaveProperty('tools');
  });
});
