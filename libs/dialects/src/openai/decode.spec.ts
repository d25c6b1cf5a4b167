import { countingIds } from '@antiphon/contracts/testing';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeCreate, decodeRetrieve } from './decode.ts';
import { decode } from '../testing/openai-requests.ts';

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(
    readFileSync(new URL(`./__fixtures__/${name}.request.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>;
}

describe("the document's requests", () => {
  it('create response', () => {
    const { request, reply } = decodeCreate(fixture('create-response'), countingIds());
    expect(reply).toBe('json');
    expect(request).toMatchObject({
      dialect: 'openai',
      model: 'gpt-4o',
      input: [{ type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'text' }] }],
      previousResponseId: 'resp_abc123',
      instructions: 'You are a helpful physics tutor',
      serverTools: [],
      clientTools: [
        { name: 'calculate_quantum_state', parameters: { required: ['qubits', 'state'] }, strict: null },
      ],
      toolChoice: 'auto',
      settings: { temperature: 0.7, maxOutputTokens: 1500, reasoningEffort: 'medium' },
      metadata: { user_id: 'user123', session: 'quantum_tutorial' },
      prompt: {
        id: 'prompt_quantum_explanation',
        version: '1',
        variables: { topic: 'quantum computing', difficulty: 'beginner' },
      },
    });
  });

  it('multimodal: content parts without a message are one message', () => {
    expect(decodeCreate(fixture('multimodal')).request.input).toMatchObject([
      {
        role: 'user',
        content: [
          { type: 'text', text: "What's in this image?" },
          { type: 'image', url: 'data:image/jpeg;base64,/9j/4AAQSkZJRg==' },
        ],
      },
    ]);
  });

  it('function calling', () => {
    expect(decodeCreate(fixture('function-calling')).request.clientTools).toMatchObject([
      { name: 'calculate_fibonacci', description: 'Calculate fibonacci numbers' },
    ]);
  });
});

describe('settings', () => {
  it.each(['auto', 'current_turn', 'all_turns'])('takes reasoning.context %s', (context) => {
    expect(decode({ reasoning: { context } }).request.settings.reasoningEffort).toBeNull();
  });

  it('reasoning is a boolean or an effort', () => {
    expect(decode({ reasoning: true }).request.settings.reasoningEffort).toBe('medium');
    expect(decode({ reasoning: false }).request.settings.reasoningEffort).toBeNull();
    expect(decode({ reasoning: { effort: 'low', summary: 'auto' } }).request.settings.reasoningEffort).toBe(
      'low',
    );
    expect(decode({ reasoning: {} }).request.settings.reasoningEffort).toBeNull();
  });

  it('max_tokens is max_output_tokens', () => {
    expect(decode({ max_tokens: 5 }).request.settings.maxOutputTokens).toBe(5);
    expect(decode({ max_tokens: 5, max_output_tokens: 6 }).request.settings.maxOutputTokens).toBe(6);
  });

  it('settings that only some providers have', () => {
    const { settings, ...request } = decode({
      reasoning: true,
      text: { verbosity: 'low' },
      top_logprobs: 2,
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      max_tool_calls: 3,
      truncation: 'auto',
      service_tier: 'flex',
      stream_options: { include_obfuscation: false },
      modalities: ['text', 'audio'],
    }).request;
    expect(settings).toMatchObject({
      reasoningSummary: 'auto',
      verbosity: 'low',
      topLogprobs: 2,
      user: 'u',
      safetyIdentifier: 's',
      promptCacheKey: 'k',
    });
    expect(request).toMatchObject({ toolCallsMax: 3, keepsContext: false });
    expect(decode({}).request.keepsContext).toBe(true);
    expect(decode({ include: ['message.output_text.logprobs'] }).request.settings.topLogprobs).toBe(0);
  });

  it('text.format', () => {
    const format = { type: 'json_schema', name: 'person', schema: { type: 'object' }, strict: null };
    expect(decode({ text: { format } }).request.settings.textFormat).toEqual({
      ...format,
      description: null,
    });
    expect(decode({ text: { format: { type: 'json_object' } } }).request.settings.textFormat).toEqual({
      type: 'json_object',
    });
  });

  it('a request may ask for a stream, also in the background', () => {
    expect(decode({ stream: true }).reply).toBe('stream');
    expect(decode({ stream: true, background: true }).reply).toBe('stream');
    expect(decode({ background: true }).reply).toBe('json');
  });
});

describe('a retrieve', () => {
  it.each([
    [{}, { reply: 'json' }],
    [{ stream: 'false', starting_after: '3' }, { reply: 'json' }],
    [{ stream: 'true' }, { reply: 'stream', startingAfter: -1 }],
    [
      { stream: 'true', starting_after: '0', 'include[]': ['reasoning.encrypted_content'], foo: 'x' },
      { reply: 'stream', startingAfter: 0 },
    ],
  ])('%j', (query, expected) => expect(decodeRetrieve(query)).toEqual(expected));

  it.each(['-1', '1.5', 'x', '', '9'.repeat(16), ['1', '2']])(
    'refuses starting_after %j',
    (startingAfter) => {
      const query = { stream: 'true', starting_after: startingAfter };
      expect(() => decodeRetrieve(query)).toThrow(
        expect.objectContaining({ code: 'invalid_request', param: 'starting_after' }),
      );
    },
  );

  it('refuses to include unknown fields', () => {
    for (const name of ['include', 'include[]'])
      expect(() => decodeRetrieve({ [name]: 'x' })).toThrow(expect.objectContaining({ param: name }));
  });

  it('refuses a stream that is neither true nor false', () => {
    expect(() => decodeRetrieve({ stream: 'maybe' })).toThrow(expect.objectContaining({ param: 'stream' }));
  });
});
