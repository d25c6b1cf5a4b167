import type { ConversationPage, ConversationSummary, ConversationTurns } from '@antiphon/contracts';
import type { z } from 'zod';
import { isoTime } from '../common/times.ts';
import { statuses } from './encode.ts';
import { encodeInterrupts } from './messages/interrupts.ts';
import { encodeMessages } from './messages/messages.ts';
import type { Conversation, ConversationList } from './reply-schema.ts';
import type { ConversationsQuery } from './schema.ts';

const limitOfPages = 20;

export function decodeConversationsQuery({
  limit,
  after,
}: z.output<typeof ConversationsQuery>): ConversationPage {
  return { limit: limit === undefined ? limitOfPages : Number(limit), after: after ?? null };
}

export function encodeConversationList(
  conversations: readonly ConversationSummary[],
  { hasMore }: { hasMore: boolean },
): z.input<typeof ConversationList> {
  return { conversations: conversations.map(encodeSummary), has_more: hasMore };
}

/** The newest responses of the conversation, branches included, in the order of their creation. `has_more`: older ones are left out. */
export function encodeConversation({
  id,
  createdAt,
  turns,
  hasMore,
}: ConversationTurns): z.input<typeof Conversation> {
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
