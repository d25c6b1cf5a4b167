import { expect, it } from 'vitest';
import { costOf, usualPrice } from './cost.ts';
import type { ModelPrices } from './model-facts.ts';

const prices: ModelPrices = { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 };
const usage = { inputTokens: 10_000, outputTokens: 1_000, cachedInputTokens: 0 };

it.each([
  ['input and output', usage, prices, 0.03 + 0.015],
  [
    'cached input, which is part of the input',
    { ...usage, cachedInputTokens: 8_000 },
    prices,
    0.006 + 0.0024 + 0.015,
  ],
  [
    'input that was written into the cache, beside cached input',
    { ...usage, cachedInputTokens: 4_000, cacheWriteTokens: 5_000 },
    prices,
    0.003 + 0.0012 + 0.01875 + 0.015,
  ],
  ['reasoning as output', { ...usage, reasoningTokens: 900 }, prices, 0.045],
  [
    'a cache without a price as other input',
    { ...usage, cachedInputTokens: 4_000, cacheWriteTokens: 5_000 },
    { ...prices, cachedInput: null, cacheWrite: null },
    0.045,
  ],
  ['free models', usage, { input: 0, output: 0, cachedInput: null, cacheWrite: null }, 0],
  [
    'more cached tokens than input',
    { ...usage, inputTokens: 0, cachedInputTokens: 1_000 },
    prices,
    0.0003 + 0.015,
  ],
])('counts %s', (_what, counted, charged, dollars) => {
  expect(costOf(counted, charged)).toBeCloseTo(dollars, 12);
});

it('takes the tier of the whole input', () => {
  const tiered: ModelPrices = {
    input: { base: 1, tiers: [{ above: 200_000, price: 2 }] },
    output: { base: 10, tiers: [{ above: 200_000, price: 15 }] },
    cachedInput: null,
    cacheWrite: null,
  };
  const of = (inputTokens: number) => costOf({ ...usage, inputTokens, outputTokens: 1_000_000 }, tiered);
  expect(of(200_000)).toBeCloseTo(0.2 + 10, 12);
  expect(of(200_001)).toBeCloseTo(0.400002 + 15, 12);
});

it('compares models by three parts of input and one of output', () => {
  expect(usualPrice(prices)).toBeCloseTo((3 * 3 + 15) / 4, 9);
});
