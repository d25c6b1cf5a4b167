import type { Usage } from '@antiphon/contracts';
import type { ModelPrices, Rate } from './model-facts.ts';

type CountedTokens = Pick<Usage, 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens'>;

/**
 * The cost of a model call in US dollars, an estimate by list prices: discounts, batches, service tiers, and images or searches that are priced apart
 * are not in it. Reasoning tokens are output tokens. Cached input without a price of its own costs as much as other input.
 */
export function costOf(usage: CountedTokens, prices: ModelPrices): number {
  const { inputTokens, outputTokens, cachedInputTokens: cached, cacheWriteTokens: written = 0 } = usage;
  const price = (rate: Rate) => priceAt(rate, inputTokens);
  const uncached = Math.max(0, inputTokens - cached - written);
  const perMillion =
    uncached * price(prices.input) +
    cached * price(prices.cachedInput ?? prices.input) +
    written * price(prices.cacheWrite ?? prices.input) +
    outputTokens * price(prices.output);
  return perMillion / 1_000_000;
}

/** The price of a million tokens where three of four are input, which compares models before a request's tokens are known. */
export function usualPrice(prices: ModelPrices): number {
  return costOf({ inputTokens: 3_000, outputTokens: 1_000, cachedInputTokens: 0 }, prices) * 250;
}

function priceAt(rate: Rate, inputTokens: number): number {
  if (typeof rate === 'number') return rate;
  return rate.tiers.findLast(({ above }) => inputTokens > above)?.price ?? rate.base;
}
