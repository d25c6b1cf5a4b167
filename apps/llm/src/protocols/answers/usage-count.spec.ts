import { describe, expect, it } from 'vitest';
import { UsageCount } from './usage-count.ts';

function read(usages: unknown[], model = 'some-model') {
  const counted = new UsageCount();
  for (const usage of usages) counted.add(usage);
  return counted.read(model);
}

describe('UsageCount', () => {
  it('adds reasoning tokens that are counted beside the answer', () => {
    const usage = { prompt_tokens: 468, completion_tokens: 82, total_tokens: 870 };
    const details = { completion_tokens_details: { reasoning_tokens: 320 } };
    const expected = { inputTokens: 468, outputTokens: 402, totalTokens: 870, reasoningTokens: 320 };
    expect(read([{ ...usage, ...details }])).toMatchObject(expected);
    expect(read([{ ...usage, reasoning_tokens: 320 }])).toMatchObject(expected);
    // A part cannot be larger than the whole answer.
    expect(read([{ ...usage, total_tokens: null, reasoning_tokens: 320 }])).toMatchObject(expected);
  });

  it('treats the surplus of the total as reasoning tokens at Gemini only', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 17, total_tokens: 1035 };
    expect(read([usage], 'models/gemini-flash')).toEqual({
      inputTokens: 9,
      outputTokens: 1026,
      totalTokens: 1035,
      cachedInputTokens: 0,
      reasoningTokens: 1009,
      raw: usage,
    });
    const audio = { ...usage, prompt_audio_seconds: 203 };
    expect(read([audio], 'voxtral-small')).toMatchObject({
      outputTokens: 17,
      totalTokens: 1035,
      reasoningTokens: 0,
    });
  });

  it('does not add reasoning tokens that are a part of the answer', () => {
    const usage = { prompt_tokens: 5, completion_tokens: 40, total_tokens: 45 };
    expect(read([{ ...usage, completion_tokens_details: { reasoning_tokens: 30 } }])).toMatchObject({
      outputTokens: 40,
      totalTokens: 45,
      reasoningTokens: 30,
    });
  });

  it.each([
    { prompt_tokens_details: { cached_tokens: 7 } },
    { input_tokens_details: { cached_tokens: 7 } },
    { num_cached_tokens: 7 },
    { prompt_cache_hit_tokens: 7 },
    { cached_tokens: 7 },
    { prompt_tokens_details: { cached_tokens: 0 }, cached_tokens: 7 },
    { prompt_tokens_details: null, cached_tokens: '7' },
  ])('counts cached tokens by %j', (more) => {
    expect(read([{ prompt_tokens: 9, completion_tokens: 1, ...more }])).toMatchObject({
      cachedInputTokens: 7,
    });
  });

  it.each([
    { prompt_tokens_details: { cache_write_tokens: 7 } },
    { prompt_tokens_details: { cache_creation_tokens: 7 } },
    { cache_creation_input_tokens: 7 },
  ])('reads what was written into the cache: %j', (more) => {
    expect(read([{ prompt_tokens: 9, completion_tokens: 1, ...more }])).toMatchObject({
      cacheWriteTokens: 7,
    });
  });

  it('reads the names of the Responses API, and counts written as text', () => {
    expect(
      read([{ input_tokens: 9, output_tokens: '3', output_tokens_details: { reasoning_tokens: 2 } }]),
    ).toMatchObject({
      inputTokens: 9,
      outputTokens: 3,
      totalTokens: 12,
      cachedInputTokens: 0,
      reasoningTokens: 2,
    });
  });

  it("keeps the provider's own object, the last one, unless it is very large", () => {
    const usage = { prompt_tokens: 9, completion_tokens: 3, cost: 0.5 };
    expect(read([{ prompt_tokens: 9 }, usage, null])?.raw).toEqual(usage);
    expect(read([{ ...usage, trace: 'x'.repeat(5_000) }])).not.toHaveProperty('raw');
  });

  it.each([null, '12', 0, 3, 'many', undefined])(
    'adds up the parts where the total is %j',
    (total_tokens) => {
      expect(read([{ prompt_tokens: 9, completion_tokens: 3, total_tokens }])).toMatchObject({
        totalTokens: 12,
      });
    },
  );

  it('uses the last count, and ignores zeros after it', () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const counts = [
      { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
      { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
      zeros,
      null,
    ];
    expect(read(counts)).toMatchObject({ inputTokens: 9, outputTokens: 3, totalTokens: 12 });
    expect(read([zeros, 7, undefined])).toBeNull();
  });
});
