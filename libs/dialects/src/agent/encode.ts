import {
  defaultModelName,
  noUsage,
  type Item,
  type Response,
  type ResponseStatus,
} from '@antiphon/contracts';
import type { z } from 'zod';
import type { EncodedReply, EncodedWebhook } from '../dialect.ts';
import { encodeFailedRun, failureOf } from '../common/failed-run.ts';
import { isoTime } from '../common/times.ts';
import { encodeError } from './errors.ts';
import { encodeInterrupts } from './messages/interrupts.ts';
import { encodeMessages, encodeUsage } from './messages/messages.ts';
import type * as replies from './reply-schema.ts';

/** The answer to a create or a decision. A run that failed is an error of HTTP. */
export function encodeCreated(response: Response): EncodedReply {
  if (response.status === 'failed' && !response.background) return encodeFailedRun(response, encodeError);
  return { status: 200, body: encodeResponse(response), headers: responseHeaders(response) };
}

/** The response object of the document. `output` holds the turn's messages, its input first. */
export function encodeResponse(response: Response): z.input<typeof replies.Response> {
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

export function encodeInputItems(items: readonly Item[]): z.input<typeof replies.Messages> {
  return encodeMessages({ input: items, output: [], usage: noUsage, incompleteReason: null });
}

export function encodeDeleted(_id: string): EncodedReply {
  return { status: 204, body: undefined };
}

/** The response itself, with the name of the event. */
export function encodeWebhook({ response }: { eventId: string; response: Response }): EncodedWebhook {
  const eventName = `response.${response.status}`;
  return { eventName, body: { ...encodeResponse(response), event: eventName }, headers: {} };
}

/** Callers choose the names of conversations freely; headers take ASCII only. */
export function responseHeaders({ conversationId }: Response): Record<string, string> {
  if (conversationId === null) return {};
  const isPlain = /^[\x21-\x7e]+$/.test(conversationId);
  return { 'X-Conversation-ID': isPlain ? conversationId : encodeURIComponent(conversationId) };
}

/** This dialect has no status for an early end: an answer that was cut short is completed, and its `finish_reason` says why it ended. */
export const statuses: Record<ResponseStatus, z.input<typeof replies.Response>['status']> = {
  queued: 'processing',
  in_progress: 'processing',
  requires_action: 'interrupted',
  completed: 'completed',
  incomplete: 'completed',
  failed: 'error',
  cancelled: 'cancelled',
};

/** The fields of a response that has ended. */
function encodeMetadata(response: Response): z.input<typeof replies.Response>['metadata'] {
  const endedAt = response.completedAt ?? response.cancelledAt;
  if (endedAt === null) return null;
  return {
    error: response.status === 'failed' ? failureOf(response).message : null,
    cache_hit: response.isFromCache,
    processing_time_ms: endedAt - response.createdAt,
  };
}
