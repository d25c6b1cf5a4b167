import type { Response } from '@antiphon/contracts';
import { webhookRequest } from '@antiphon/dialects';
import type { DeliveryAttempt, DeliveryFilter, DeliveryRow } from '@antiphon/runtime';
import { z } from 'zod';
import { Delivery } from './endpoint-replies.ts';
import { encodeDelivery } from './endpoint-wire.ts';

/* The deliveries of a caller, over all endpoints and URLs. */

const When = z.iso.datetime({ offset: true, error: 'must be a time as 2026-01-31T12:00:00Z' });
const Headers = z.record(z.string(), z.string());

export const DeliveriesQuery = z.object({
  after: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  status: z.enum(['pending', 'delivered', 'failed']).optional(),
  response_id: z.string().max(128).optional(),
  endpoint_id: z.string().max(128).optional(),
  /** A part of the URL. */
  url: z.string().max(2_048).optional(),
  /** At this time or later. */
  created_after: When.optional(),
  /** Before this time. */
  created_before: When.optional(),
});

export const Attempt = z.looseObject({
  /** From 1, over all times that the delivery was sent again. */
  number: z.int().positive(),
  url: z.string(),
  sent_at: z.iso.datetime(),
  duration_ms: z.int().nonnegative(),
  /** Null where the receiver did not answer. */
  status_code: z.int().nullable(),
  error: z.string().nullable(),
  /** Those that sign; the signature is masked. */
  headers: Headers,
});
export const DeliveryDetail = Delivery.extend({
  request: z.looseObject({ method: z.literal('POST'), headers: Headers, body: z.string() }),
  /** The kept attempts, the last ones, in their order. */
  attempt_history: z.array(Attempt),
});

export function decodeDeliveries(wire: z.output<typeof DeliveriesQuery>): DeliveryFilter {
  const { created_after: from, created_before: before } = wire;
  return {
    status: wire.status ?? null,
    responseId: wire.response_id ?? null,
    endpointId: wire.endpoint_id ?? null,
    url: wire.url ?? null,
    createdFromMs: from === undefined ? null : Date.parse(from),
    createdBeforeMs: before === undefined ? null : Date.parse(before),
    after: wire.after ?? null,
    limit: wire.limit,
  };
}

/** With the request as it is sent each time, and what its attempts had. */
export function encodeDetail(
  delivery: DeliveryRow,
  response: Response,
  attempts: readonly DeliveryAttempt[],
): z.input<typeof DeliveryDetail> {
  return {
    ...encodeDelivery(delivery),
    request: { method: 'POST', ...webhookRequest(delivery, response) },
    attempt_history: attempts.map(({ number, url, sentAt, durationMs, status, error }) => ({
      number,
      url,
      sent_at: sentAt.toISOString(),
      duration_ms: durationMs,
      status_code: status,
      error,
      headers: {
        'webhook-id': delivery.id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': 'v1,***',
      },
    })),
  };
}
