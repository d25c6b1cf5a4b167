import { z } from 'zod';
import { ErrorCode } from '../errors.ts';
import { DialectName } from '../response/response.ts';
import { Usage } from '../response/turns/usage.ts';
import type { ResponseStatus } from '../response/status.ts';
import { defineEvent } from './event.ts';

/*
 * The events of stored responses: ids and figures, no texts. A response with `store: false` publishes its usage only (`usage.ts`). The events
 * of one response come in their order.
 */

const ResponseData = z.object({
  responseId: z.string(),
  userId: z.string(),
  tenantId: z.string(),
  /** The dialect of its create. */
  dialect: DialectName,
  background: z.boolean(),
});
export type ResponseData = z.infer<typeof ResponseData>;

/** The response is paused and waits for its caller. */
const PausedData = ResponseData.extend({
  /** The calls that wait for a decision or an output. */
  pendingCalls: z.number().int().nonnegative(),
});

const EndedData = ResponseData.extend({
  /** The model that answered, as the provider names it; null where none did. */
  model: z.string().nullable(),
  usage: Usage,
  /** The calls of server and client tools that the model made. */
  toolCalls: z.number().int().nonnegative(),
  /** The time from its creation to its end. */
  durationMs: z.number().nonnegative(),
  /** Set where the response failed. */
  errorCode: ErrorCode.nullable(),
  /** Set where the response is incomplete. */
  incompleteReason: z.enum(['max_output_tokens', 'content_filter']).nullable(),
});
export type EndedData = z.infer<typeof EndedData>;

/** The response was stored. A foreground response may be stored only at its end: then this event and its end come together. */
export const responseCreated = defineEvent({
  subject: 'events.responses.created',
  version: 1,
  data: ResponseData,
});

/** Each status that a response moves to has its event, so `in_progress` may come again after a pause. */
export const responseMoved = {
  queued: defineEvent({ subject: 'events.responses.queued', version: 1, data: ResponseData }),
  in_progress: defineEvent({ subject: 'events.responses.in_progress', version: 1, data: ResponseData }),
  requires_action: defineEvent({
    subject: 'events.responses.requires_action',
    version: 1,
    data: PausedData,
  }),
  completed: defineEvent({ subject: 'events.responses.completed', version: 1, data: EndedData }),
  incomplete: defineEvent({ subject: 'events.responses.incomplete', version: 1, data: EndedData }),
  failed: defineEvent({ subject: 'events.responses.failed', version: 1, data: EndedData }),
  cancelled: defineEvent({ subject: 'events.responses.cancelled', version: 1, data: EndedData }),
} as const satisfies Record<ResponseStatus, unknown>;
