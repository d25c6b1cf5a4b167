import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { isTransient } from '../providers/errors/provider-errors.ts';
import { tool } from './__fixtures__/conversation.ts';
import { addUp } from './__fixtures__/read-answer.ts';
import { turnOf, type Upstream, upstreams } from './__fixtures__/upstreams.ts';

/** Reads the events of an answer to its end: the deltas before an error, and the error. */
function read(name: string, events: readonly object[]): { deltas: ModelDelta[]; error: unknown } {
  const { decoder } = turnOf(name, { tools: [tool('look')] });
  const deltas: ModelDelta[] = [];
  try {
    for (const event of events) if (!decoder.isDone) decoder.event(JSON.stringify(event), deltas);
    if (!decoder.isDone) decoder.end(deltas);
    return { deltas, error: null };
  } catch (error) {
    return { deltas, error };
  }
}

const whole = '{"at":"sea"}';

describe.each(Object.entries(upstreams))(
  'an answer of %s',
  (name, { text, call, end, endOfCall, endByLimit, error }) => {
    it('with a text and a call is whole', () => {
      const { deltas } = read(name, [...text, ...call(whole), ...endOfCall]);
      expect(addUp(deltas)).toMatchObject({
        text: 'Half',
        calls: [{ name: 'look', arguments: whole }],
        end: { finishReason: 'tool_calls' },
      });
    });

    it('that the limit of tokens cut is incomplete', () => {
      const { deltas } = read(name, [...text, ...endByLimit]);
      expect(addUp(deltas)).toMatchObject({ text: 'Half', end: { finishReason: 'length' } });
    });

    it.each<[string, readonly object[], RegExp]>([
      ['ends without its end', text, /ended its answer before it was whole/],
      ['ends without its end after a call', call(whole), /ended its answer before it was whole/],
      ['has nothing at all', [], /ended its answer before it was whole/],
      ['has an error in the middle', [...text, error], /The sea is rough/],
      ['ends well without any content', end, /without any content/],
      ['has a call that is cut', [...call('{"at":"s'), ...endOfCall], /not a JSON object|cannot be read/],
      ['has a call that is broken', [...call('{at: sea}'), ...endOfCall], /not a JSON object|cannot be read/],
    ])('that %s is a failure with words, which may be retried', (_what, events, words) => {
      const { deltas, error: thrown } = read(name, events);
      expect(thrown).toMatchObject({ code: 'model_error', message: expect.stringMatching(words) as string });
      expect(isTransient(thrown)).toBe(true);
      expect(deltas.map(({ type }) => type)).not.toContain('end');
    });
  },
);

describe('the tokens of an answer', () => {
  const kinds: [
    name: keyof typeof upstreams,
    usage: (upstream: Upstream) => readonly object[],
    expected: object,
    raw: object,
  ][] = [
    [
      'OpenAI Responses',
      () => {
        const usage = {
          input_tokens: 100,
          input_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
          output_tokens: 20,
          output_tokens_details: { reasoning_tokens: 5 },
          total_tokens: 120,
        };
        return [{ type: 'response.completed', response: { status: 'completed', output: [], usage } }];
      },
      { cachedInputTokens: 60, cacheWriteTokens: 10, reasoningTokens: 5 },
      { input_tokens: 100 },
    ],
    [
      'chat completions',
      ({ end }) => [
        {
          choices: [],
          usage: {
            prompt_tokens: 100,
            prompt_cache_hit_tokens: 60,
            completion_tokens: 20,
            completion_tokens_details: { reasoning_tokens: 5 },
            total_tokens: 120,
          },
        },
        ...end,
      ],
      { cachedInputTokens: 60, reasoningTokens: 5 },
      { prompt_cache_hit_tokens: 60 },
    ],
    [
      'Anthropic Messages',
      () => [
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: {
            input_tokens: 30,
            cache_read_input_tokens: 60,
            cache_creation_input_tokens: 10,
            output_tokens: 20,
            output_tokens_details: { thinking_tokens: 5 },
          },
        },
        { type: 'message_stop' },
      ],
      { cachedInputTokens: 60, cacheWriteTokens: 10, reasoningTokens: 5 },
      { cache_creation_input_tokens: 10 },
    ],
    [
      'Gemini',
      ({ end }) => [
        ...end,
        {
          usageMetadata: {
            promptTokenCount: 100,
            cachedContentTokenCount: 60,
            candidatesTokenCount: 15,
            thoughtsTokenCount: 5,
            totalTokenCount: 120,
          },
        },
      ],
      { cachedInputTokens: 60, reasoningTokens: 5 },
      { thoughtsTokenCount: 5 },
    ],
    [
      'Bedrock Converse',
      () => [
        { messageStop: { stopReason: 'end_turn' } },
        {
          metadata: {
            usage: { inputTokens: 30, cacheReadInputTokens: 60, cacheWriteInputTokens: 10, outputTokens: 20 },
          },
        },
      ],
      { cachedInputTokens: 60, cacheWriteTokens: 10 },
      { cacheWriteInputTokens: 10 },
    ],
    [
      'Ollama',
      () => [
        {
          model: 'm',
          message: { content: '' },
          done: true,
          done_reason: 'stop',
          prompt_eval_count: 100,
          eval_count: 20,
        },
      ],
      { cachedInputTokens: 0, reasoningTokens: 0 },
      { eval_count: 20 },
    ],
  ];

  it.each(kinds)(
    'of %s are counted by kind, with its own counts beside them',
    (name, usage, expected, raw) => {
      const upstream = upstreams[name];
      if (upstream === undefined) throw new Error('no such upstream');
      const { deltas } = read(name, [...upstream.text, ...usage(upstream)]);
      expect(addUp(deltas).end.usage).toMatchObject({
        inputTokens: 100,
        outputTokens: 20,
        totalTokens: 120,
        ...expected,
        raw,
      });
    },
  );

  it('are those of every upstream', () => {
    expect(kinds.map(([name]) => name)).toEqual(Object.keys(upstreams));
  });
});
