import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { ChatAnswer } from './chat-answer.ts';

function answer(): ChatAnswer {
  return new ChatAnswer({ provider: 'test', host: 'here', model: 'asked', estimateInputTokens: () => 7 });
}

/** What deltas and a finish reason come to, without the end. */
function readDeltas(deltas: object[], finishReason: string | null = 'stop'): ModelDelta[] {
  const reader = answer();
  const burst: ModelDelta[] = [];
  for (const delta of deltas)
    reader.event(JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] }), burst);
  if (finishReason !== null)
    reader.event(JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: finishReason }] }), burst);
  reader.event('[DONE]', burst);
  return burst;
}

/** The calls of a burst as whole calls. */
function callsOf(burst: ModelDelta[]) {
  const calls: { callId: string; name: string; arguments: string }[] = [];
  for (const delta of burst) {
    if (delta.type === 'call') calls[delta.call] = { callId: delta.callId, name: delta.name, arguments: '' };
    const call = delta.type === 'arguments' ? calls[delta.call] : undefined;
    if (call !== undefined && delta.type === 'arguments') call.arguments += delta.text;
  }
  return calls;
}

const piece = (call: object) => ({ tool_calls: [call] });

describe('ChatAnswer', () => {
  it('passes on how likely the tokens were', () => {
    const burst: ModelDelta[] = [];
    const tokens = [
      { token: 'Yes', logprob: -0.1, bytes: [1], top_logprobs: [{ token: 'No', logprob: -3, bytes: null }] },
      { token: 7 },
    ];
    const choice = { delta: { content: 'Yes' }, logprobs: { content: tokens }, finish_reason: 'stop' };
    answer().event(JSON.stringify({ choices: [choice] }), burst);
    expect(burst).toEqual([
      {
        type: 'text',
        text: 'Yes',
        logprobs: [
          { token: 'Yes', logprob: -0.1, bytes: [1], top: [{ token: 'No', logprob: -3, bytes: [78, 111] }] },
        ],
      },
    ]);
  });

  it('keeps what a provider wants to read again with its thoughts and calls', () => {
    const detail = (more: object) => ({ reasoning_details: [{ index: 0, type: 'reasoning.text', ...more }] });
    const extra_content = { google: { thought_signature: 'abc' } };
    const burst = readDeltas([
      { reasoning: 'Hm', ...detail({ text: 'H' }) },
      detail({ text: 'm', signature: null }),
      detail({ signature: 'xyz' }),
      { reasoning_details: [{ index: 1, type: 'reasoning.encrypted', data: '123' }] },
      piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' }, extra_content }),
    ]);
    expect(burst.filter(({ type }) => type.endsWith('_origin')).slice(1)).toEqual([
      {
        type: 'reasoning_origin',
        origin: {
          provider: 'here',
          field: 'reasoning',
          details: [
            { index: 0, type: 'reasoning.text', text: 'Hm', signature: 'xyz' },
            { index: 1, type: 'reasoning.encrypted', data: '123' },
          ],
        },
      },
      { type: 'call_origin', call: 0, origin: { provider: 'here', extraContent: extra_content } },
    ]);
  });

  it('sends what a provider keeps of a thought before the next item, and what comes later at the end', () => {
    const detail = (text: string) => ({ reasoning_details: [{ index: 0, type: 'reasoning.text', text }] });
    const burst = readDeltas([detail('H'), detail('m'), { content: 'Yes' }, { content: '!' }, detail('?')]);
    expect(burst.map(({ type }) => type)).toEqual([
      'reasoning_origin',
      'reasoning_origin',
      'text',
      'text',
      'reasoning_origin',
      'end',
    ]);
    expect(burst[1]).toMatchObject({ origin: { details: [{ text: 'Hm' }] } });
    expect(burst[4]).toMatchObject({ origin: { details: [{ text: 'Hm?' }] } });
  });

  it('begins a thought that nobody can read before what follows from it', () => {
    const encrypted = { index: 0, type: 'reasoning.encrypted', data: '123' };
    const burst = readDeltas([{ reasoning_details: [encrypted] }, { content: 'Yes' }]);
    expect(burst.map(({ type }) => type)).toEqual(['reasoning_origin', 'reasoning_origin', 'text', 'end']);
  });

  it.each([
    ['sensitive', 'content_filter'],
    ['model_length', 'length'],
    ['eos', 'stop'],
  ])('takes %s for %s', (said, finishReason) => {
    expect(readDeltas([{ content: 'Yes' }], said).at(-1)).toMatchObject({ finishReason });
  });

  it.each(['error', 'network_error', 'insufficient_system_resource'])('fails at %s', (said) => {
    expect(() => readDeltas([{ content: 'Ye' }], said)).toThrow(
      expect.objectContaining({ code: 'model_error' }) as Error,
    );
  });

  it.each([
    { prompt_tokens_details: { cached_tokens: 7 } },
    { prompt_cache_hit_tokens: 7 },
    { cached_tokens: 7 },
  ])('counts cached tokens by %j', (more) => {
    const burst: ModelDelta[] = [];
    const usage = { prompt_tokens: 9, completion_tokens: 1, ...more };
    answer().whole(JSON.stringify({ choices: [{ message: {}, finish_reason: 'stop' }], usage }), burst);
    expect(burst.at(-1)).toMatchObject({ usage: { inputTokens: 9, cachedInputTokens: 7 } });
  });

  it('reads content in parts, thoughts among them', () => {
    const burst = readDeltas([
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] },
      { content: [{ type: 'text', text: 'Yes' }, { type: 'image' }, null] },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Yes' },
    ]);
  });

  it('passes on citations and the tier', () => {
    const url_citation = { url: 'https://a.example', title: 'A', start_index: 1, end_index: 4 };
    const burst = readDeltas([
      { content: 'Yes.', annotations: [{ type: 'url_citation', url_citation }, { type: 'other' }, 7] },
    ]);
    expect(burst[1]).toEqual({
      type: 'citation',
      citation: { url: 'https://a.example', title: 'A', startIndex: 1, endIndex: 4 },
    });
    const reader = answer();
    const end: ModelDelta[] = [];
    reader.event(JSON.stringify({ service_tier: 'flex', choices: [{ finish_reason: 'stop' }] }), end);
    reader.end(end);
    expect(end).toMatchObject([{ type: 'end', serviceTier: 'flex' }]);
  });

  it('passes on text, refusal and both spellings of reasoning', () => {
    const burst = readDeltas([
      { reasoning_content: 'Hm' },
      { reasoning: ', ok' },
      { role: 'assistant', content: '' },
      { content: 'Yes' },
      { refusal: 'No' },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'reasoning_origin', origin: { provider: 'here', field: 'reasoning_content' } },
      { type: 'reasoning', text: 'Hm' },
      { type: 'reasoning', text: ', ok' },
      { type: 'text', text: 'Yes' },
      { type: 'refusal', text: 'No' },
    ]);
  });

  it('keeps parallel calls apart by their index', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '' } }),
      piece({ index: 1, id: 'b', function: { name: 'two', arguments: '{"y"' } }),
      piece({ index: 0, function: { arguments: '{"x":1}' } }),
      piece({ index: 1, function: { arguments: ':2}' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
      { callId: 'b', name: 'two', arguments: '{"y":2}' },
    ]);
    expect(burst.at(-1)).toMatchObject({ type: 'end', finishReason: 'tool_calls' });
  });

  it('understands servers that leave out the index', () => {
    const burst = readDeltas([
      piece({ id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      piece({ function: { arguments: ':1}' } }),
      piece({ id: 'b', function: { name: 'two', arguments: '{}' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
      { callId: 'b', name: 'two', arguments: '{}' },
    ]);
  });

  it('understands servers that leave out index and id and send calls whole', () => {
    const burst = readDeltas([
      piece({ function: { name: 'one', arguments: { x: 1 } } }),
      piece({ function: { name: 'one', arguments: '{"x":2}' } }),
    ]);
    const calls = callsOf(burst);
    expect(calls.map((call) => call.arguments)).toEqual(['{"x":1}', '{"x":2}']);
    expect(new Set(calls.map((call) => call.callId)).size).toBe(2);
  });

  it('understands servers that give all parallel calls the index 0', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{}' } }),
      piece({ index: 0, id: 'b', function: { name: 'one', arguments: '{}' } }),
    ]);
    expect(callsOf(burst).map((call) => call.callId)).toEqual(['a', 'b']);
  });

  it('does not take a repeated name or a new id alone for another call', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{' } }),
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '"x"' } }),
      piece({ index: 0, id: 'other', function: { arguments: ':1}' } }),
    ]);
    expect(callsOf(burst)).toEqual([{ callId: 'a', name: 'one', arguments: '{"x":1}' }]);
  });

  it('keeps arguments that come before the name, and gives a call without any an empty object', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { arguments: '{"x"' } }),
      piece({ index: 0, function: { name: 'one', arguments: ':1}' } }),
      piece({ index: 1, id: 'b', function: { name: 'two' } }),
    ]);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}', '{}']);
  });

  it('leaves arguments that do not parse as the model wrote them', () => {
    expect(
      callsOf(readDeltas([piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x' } })]))[0]
        ?.arguments,
    ).toBe('{"x');
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['content_filter', 'content_filter'],
    ['eos', 'stop'],
  ])('reads the finish reason %s as %s', (sent, expected) => {
    expect(readDeltas([{ content: 'x' }], sent).at(-1)).toMatchObject({ finishReason: expected });
  });

  it('reads usage with its details, wherever it stands', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    reader.event(
      JSON.stringify({ model: 'used', choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] }),
      burst,
    );
    reader.event(
      JSON.stringify({
        choices: [],
        usage: {
          prompt_tokens: 9,
          completion_tokens: 3,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      }),
      burst,
    );
    reader.end(burst);
    expect(burst.at(-1)).toEqual({
      type: 'end',
      finishReason: 'stop',
      model: 'used',
      usage: { inputTokens: 9, outputTokens: 3, totalTokens: 12, cachedInputTokens: 4, reasoningTokens: 2 },
    });
  });

  it.each([
    { prompt_tokens_details: { cache_write_tokens: 7 } },
    { prompt_tokens_details: { cache_creation_tokens: 7 } },
    { cache_creation_input_tokens: 7 },
  ])('reads what was written into the cache: %j', (counted) => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    const usage = { prompt_tokens: 9, completion_tokens: 3, ...counted };
    reader.event(JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }], usage }), burst);
    reader.end(burst);
    expect(burst.at(-1)).toMatchObject({ usage: { inputTokens: 9, cacheWriteTokens: 7 } });
  });

  it('estimates the usage of servers that do not count', () => {
    const end = readDeltas([{ reasoning: 'x'.repeat(8) }, { content: 'x'.repeat(40) }]).at(-1);
    expect(end).toMatchObject({
      model: 'asked',
      usage: { inputTokens: 7, outputTokens: 12, totalTokens: 19, reasoningTokens: 2 },
    });
  });

  it('fails on an answer without a finish reason, on what is not JSON and on a nameless call', () => {
    const failed = expect.objectContaining({ code: 'model_error' }) as Error;
    expect(() => readDeltas([{ content: 'half' }], null)).toThrow(failed);
    expect(() => answer().event('{"choices":[', [])).toThrow(failed);
    expect(() => readDeltas([piece({ index: 0, id: 'a', function: { arguments: '{}' } })])).toThrow(failed);
  });

  it('reads errors in the middle of a stream, by their status where they have one', () => {
    const streamed = (error: unknown) => () => answer().event(JSON.stringify({ error }), []);
    expect(streamed({ message: 'overloaded', code: 429 })).toThrow(
      expect.objectContaining({ code: 'rate_limited' }) as Error,
    );
    expect(streamed({ message: 'too long', code: 400 })).toThrow(
      expect.objectContaining({ code: 'model_refused', message: 'too long' }) as Error,
    );
    expect(streamed('it broke at 10.0.0.3')).toThrow(
      expect.objectContaining({
        code: 'model_error',
        message: expect.not.stringContaining('10.0') as string,
      }) as Error,
    );
  });

  it('reads a whole completion', () => {
    const burst: ModelDelta[] = [];
    answer().whole(
      JSON.stringify({
        model: 'used',
        choices: [
          {
            message: {
              role: 'assistant',
              content: 'Hi',
              tool_calls: [{ id: 'a', type: 'function', function: { name: 'one', arguments: '{}' } }],
            },
            finish_reason: 'tool_calls',
          },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
      burst,
    );
    expect(burst.map((delta) => delta.type)).toEqual(['text', 'call', 'arguments', 'end']);
  });
});
