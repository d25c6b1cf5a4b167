import type { DeliveryRow } from '@antiphon/runtime';
import { z } from 'zod';
import { isoTime, Time } from './run-wire.ts';

/** A webhook delivery of the end of a run. */
export const RunDelivery = z.looseObject({
  /** The `webhook-id` of every attempt. */
  id: z.string(),
  /** The registered endpoint; null where the URL came with the request of the run. */
  endpoint_id: z.string().nullable(),
  url: z.string(),
  event_type: z.string().nullable(),
  status: z.enum(['pending', 'delivered', 'failed']),
  /** Attempts since the delivery was created, or since its caller repeated it. */
  attempts: z.int(),
  last_status_code: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: Time,
  next_attempt_at: Time.nullable(),
  delivered_at: Time.nullable(),
  /** When it was given up. */
  failed_at: Time.nullable(),
});

export function isPending({ deliveredAt, deadAt }: DeliveryRow): boolean {
  return deliveredAt === null && deadAt === null;
}

export function encodeRunDelivery(row: DeliveryRow): z.input<typeof RunDelivery> {
  const isDelivered = row.deliveredAt !== null;
  return {
    id: row.id,
    endpoint_id: row.endpointId,
    url: row.url,
    event_type: row.eventType,
    status: isPending(row) ? 'pending' : isDelivered ? 'delivered' : 'failed',
    attempts: row.attempt,
    last_status_code: row.lastStatus,
    last_error: row.lastError,
    created_at: timeOf(row.createdAt),
    next_attempt_at: isPending(row) ? timeOf(row.nextAt) : null,
    delivered_at: row.deliveredAt && timeOf(row.deliveredAt),
    failed_at: row.deadAt && timeOf(row.deadAt),
  };
}

function timeOf(date: Date): string {
  return isoTime(date.getTime());
}
