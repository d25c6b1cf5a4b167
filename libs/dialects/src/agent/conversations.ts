import {
  type ConversationPage,
  type ConversationSummary,
  type ConversationTurns,
  read,
} from '@antiphon/contracts';
import { isoTime } from '../common/times.ts';
import { statuses } from './encode.ts';
import { encodeInterrupts } from './messages/interrupts.ts';
import { encodeMessages } from './messages/messages.ts';
import { ConversationsQuery } from './schema.ts';

/* Conversations as this dialect lists and reads them. */

const limitOfPages = 20;

/** Throws `invalid_request`. */
export function decodeConversationsQuery(query: unknown): ConversationPage {
  const { limit, after } = read(ConversationsQuery, query);
  return { limit: limit === undefined ? limitOfPages : Number(limit), after: after ?? null };
}

export function encodeConversationList(
  conversations: readonly ConversationSummary[],
  { hasMore }: { hasMore: boolean },
): Record<string, unknown> {
  return { conversations: conversations.map(encodeSummary), has_more: hasMore };
}

/** The newest responses of the conversation, those of branches beside the others, as they were made. `has_more`: older ones are left out. */
export function encodeConversation({
  id,
  createdAt,
  turns,
  hasMore,
}: ConversationTurns): Record<string, unknown> {
  const last = turns.at(-1);
  return {
    id,
    created_at: isoTime(createdAt),
    updated_at: isoTime(last?.createdAt ?? createdAt),
    status: last ? statuses[last.status] : null,
    last_response_id: last?.id ?? null,
    interrupts: last ? encodeInterrupts(last) : null,
    messages: turns.flatMap((turn) => encodeMessages(turn)),
    has_more: hasMore,
  };
}

function encodeSummary({ id, createdAt, updatedAt, status, preview }: ConversationSummary) {
  return {
    id,
    preview,
    status: status && statuses[status],
    created_at: isoTime(createdAt),
    updated_at: isoTime(updatedAt),
  };
}
