import { AppError } from '@antiphon/contracts';

/**
 * Turns a violation of the unique index that allows one run in a conversation into `conversation_locked`, for as long as the run's row says `in_progress`.
 * Returns any other error as it is.
 */
export function asConversationLocked(error: unknown): unknown {
  const isLocked =
    error instanceof Error &&
    'constraint' in error &&
    error.constraint === 'responses_running_in_conversation';
  if (!isLocked) return error;
  return new AppError(
    'conversation_locked',
    'Another response is running in this conversation. Wait until it has ended.',
    { param: 'conversationId', cause: error },
  );
}
