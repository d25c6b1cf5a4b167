import type { Usage } from '@antiphon/contracts';
import { isObject } from '../../providers/json-object.ts';
import { count } from '../answers/usage-count.ts';
import { rawUsage } from '../answers/raw-usage.ts';

/** The token counts of an answer; null where there are none. Bedrock counts cached tokens beside the others. */
export function readUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const cached = count(usage['cacheReadInputTokens']);
  const written = count(usage['cacheWriteInputTokens']);
  const inputTokens = count(usage['inputTokens']) + cached + written;
  const outputTokens = count(usage['outputTokens']);
  if (inputTokens + outputTokens === 0) return null;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cachedInputTokens: cached,
    reasoningTokens: 0,
    ...(written > 0 && { cacheWriteTokens: written }),
    ...rawUsage(usage),
  };
}
