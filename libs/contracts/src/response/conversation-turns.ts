import type { Response } from './response.ts';
import type { ResponseStatus } from './status.ts';

/** A conversation among others. Times are milliseconds since the epoch. */
export interface ConversationSummary {
  id: string;
  createdAt: number;
  /** When its latest response was made, or else it. */
  updatedAt: number;
  /** That of its latest response; null where it has none. */
  status: ResponseStatus | null;
  /** What its user said first, shortened. */
  preview: string;
}

/** A conversation with the responses that were made in it, oldest first. */
export interface ConversationTurns {
  id: string;
  createdAt: number;
  /** The newest. */
  turns: Response[];
  /** Whether there are older ones. */
  hasMore: boolean;
}

/** Which conversations are listed: newest first, those after the one named. */
export interface ConversationPage {
  after: string | null;
  limit: number;
}
