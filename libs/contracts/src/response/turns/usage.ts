import { z } from 'zod';
import { JsonObject } from '../../json.ts';

/** Tokens of a model call, or of all model calls of a run. */
export const Usage = z.object({
  /** All of them: those read from the provider's cache and written to it too. */
  inputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  totalTokens: z.number().int().nonnegative(),
  cachedInputTokens: z.number().int().nonnegative(),
  reasoningTokens: z.number().int().nonnegative(),
  /** Input tokens that the provider wrote into its cache. Left out where it does not report them. */
  cacheWriteTokens: z.number().int().nonnegative().optional(),
  /** The provider's own object, unchanged, of one model call; at most 4 kB of JSON. Sums have none. */
  raw: JsonObject.optional(),
});
export type Usage = z.infer<typeof Usage>;

export const noUsage: Usage = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
});

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    ...((a.cacheWriteTokens ?? b.cacheWriteTokens) !== undefined && {
      cacheWriteTokens: (a.cacheWriteTokens ?? 0) + (b.cacheWriteTokens ?? 0),
    }),
  };
}
