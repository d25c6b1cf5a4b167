import type { FinishReason } from '@antiphon/contracts';
import { emptyError, unfinishedError, unreadableCallError } from '../../providers/errors/provider-errors.ts';
import { parseObject } from '../../providers/json-object.ts';
import type { BlockAnswerWriter } from './answer-writer.ts';

/**
 * The finish reason of an answer that its provider ended with `said`. Throws `model_error`, which may be retried, for an answer without content, without
 * the calls that it announces, or with a call that cannot be read. Each of these can be a truncated answer.
 */
export function finishOf(
  said: FinishReason,
  { calls, hasSpoken }: Pick<BlockAnswerWriter, 'calls' | 'hasSpoken'>,
  provider: string,
): FinishReason {
  if (said === 'content_filter' || said === 'length') return said;
  if (said === 'tool_calls' && calls.length === 0) throw unfinishedError(provider);
  if (!hasSpoken) throw emptyError(provider);
  const broken = calls.find(({ args }) => parseObject(args) === undefined);
  if (broken !== undefined) throw unreadableCallError(provider, broken.name);
  if (calls.length > 0) return 'tool_calls';
  return said === 'pause' ? 'pause' : 'stop';
}
