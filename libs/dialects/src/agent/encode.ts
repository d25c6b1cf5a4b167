import {
  defaultModelName,
  noUsage,
  type Item,
  type Response,
  type ResponseStatus,
} from '@antiphon/contracts';
import type { EncodedReply, EncodedWebhook } from '../dialect.ts';
import { encodeFailedRun, failureOf } from '../common/failed-run.ts';
import { isoTime } from '../common/times.ts';
import { encodeError } from './errors.ts';
import { encodeInterrupts } from './messages/interrupts.ts';
import { encodeMessages, encodeUsage } from './messages/messages.ts';

/** The answer to a create or a decision. A run that failed is an error of HTTP. */
export function encodeCreated(response: Response): EncodedReply {
  if (response.status === 'failed' && !response.background) return encodeFailedRun(response, encodeError);
  return { status: 200, body: encodeResponse(response), headers: responseHeaders(response) };
}

/** The response object of the document. `output` holds the turn's messages, its input first. */
export function encodeResponse(response: Response): Record<string, unknown> {
  return {
    id: response.id,
    conversation_id: response.conversationId,
    previous_response_id: response.previousResponseId,
    model: response.model === defaultModelName ? (response.modelUsed ?? response.model) : response.model,
    output: encodeMessages(response),
    created_at: isoTime(response.createdAt),
    status: statuses[response.status],
    interrupts: encodeInterrupts(response),
    metadata: encodeMetadata(response),
    usage: encodeUsage(response.usage),
  };
}

export function encodeInputItems(items: readonly Item[]): unknown[] {
  return encodeMessages({ input: items, output: [], usage: noUsage, incompleteReason: null });
}

export function encodeDeleted(_id: string): EncodedReply {
  return { status: 204, body: undefined };
}

/** The response itself, told what became of it. */
export function encodeWebhook({ response }: { eventId: string; response: Response }): EncodedWebhook {
  const eventName = `response.${response.status}`;
  return { eventName, body: { ...encodeResponse(response), event: eventName }, headers: {} };
}

/** Names of conversations may be anything that a caller came up with, headers may not. */
export function responseHeaders({ conversationId }: Response): Record<string, string> {
  if (conversationId === null) return {};
  const isPlain = /^[\x21-\x7e]+$/.test(conversationId);
  return { 'X-Conversation-ID': isPlain ? conversationId : encodeURIComponent(conversationId) };
}

/** This dialect knows no early end: an answer that was cut short is an answer, and says so in its `finish_reason`. */
export const statuses: Record<ResponseStatus, string> = {
  queued: 'processing',
  in_progress: 'processing',
  requires_action: 'interrupted',
  completed: 'completed',
  incomplete: 'completed',
  failed: 'error',
  cancelled: 'cancelled',
};

/** What is known of a response that has ended. */
function encodeMetadata(response: Response): Record<string, unknown> | null {
  const endedAt = response.completedAt ?? response.cancelledAt;
  if (endedAt === null) return null;
  return {
    error: response.status === 'failed' ? failureOf(response).message : null,
    cache_hit: response.isFromCache,
    processing_time_ms: endedAt - response.createdAt,
  };
}
