import type { Usage } from '@antiphon/contracts';
import { estimateTokens } from '../../providers/token-estimate.ts';
import type { BlockAnswerWriter } from './answer-writer.ts';

/** The usage of an answer that its server did not count, so that a run never seems to cost nothing. */
export function estimatedUsage(
  inputTokens: number,
  { saidLength, thoughtLength }: Pick<BlockAnswerWriter, 'saidLength' | 'thoughtLength'>,
): Usage {
  const reasoningTokens = estimateTokens(thoughtLength);
  const outputTokens = estimateTokens(saidLength) + reasoningTokens;
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cachedInputTokens: 0,
    reasoningTokens,
  };
}
