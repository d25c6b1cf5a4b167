import type { Response } from './response.ts';
import type { ResponseStatus } from './status.ts';

/** A conversation in a list. Times are milliseconds since the epoch. */
export interface ConversationSummary {
  id: string;
  createdAt: number;
  /** The time of its latest response; its own time where it has none. */
  updatedAt: number;
  /** The status of its latest response; null where it has none. */
  status: ResponseStatus | null;
  /** The beginning of the first user message. */
  preview: string;
}

/** A conversation with its responses, oldest first. */
export interface ConversationTurns {
  id: string;
  createdAt: number;
  /** The newest responses. */
  turns: Response[];
  /** Whether the conversation has older responses. */
  hasMore: boolean;
}

/** A page of conversations: newest first, from the one after `after`. */
export interface ConversationPage {
  after: string | null;
  limit: number;
}
