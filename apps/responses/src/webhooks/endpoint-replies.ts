import { pageOf } from '@antiphon/contracts';
import { z } from 'zod';

/* The replies of the routes of webhook endpoints. */

const unixTime = z.int().nonnegative();

export const Endpoint = z.looseObject({
  id: z.string(),
  object: z.literal('webhook_endpoint'),
  name: z.string(),
  description: z.string().nullable(),
  url: z.string(),
  event_types: z.array(z.string()),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable(),
  disabled_at: unixTime.nullable(),
  failing_since: unixTime.nullable(),
  signing_secret_hint: z.string(),
  created_at: unixTime,
  updated_at: unixTime,
});
export const EndpointWithSecret = Endpoint.extend({ signing_secret: z.string() });
export const Deleted = z.looseObject({
  id: z.string(),
  object: z.literal('webhook_endpoint.deleted'),
  deleted: z.literal(true),
});
export const Delivery = z.looseObject({
  id: z.string(),
  object: z.literal('webhook_endpoint.delivery'),
  /** Null in deliveries of the first release. */
  event_id: z.string().nullable(),
  event_type: z.string().nullable(),
  response_id: z.string(),
  /** Null where the URL came with the request of the response. */
  endpoint_id: z.string().nullable(),
  url: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int().nonnegative(),
  last_status_code: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: unixTime,
  next_attempt_at: unixTime.nullable(),
  delivered_at: unixTime.nullable(),
  failed_at: unixTime.nullable(),
});
export const EndpointList = pageOf(Endpoint);
export const DeliveryList = pageOf(Delivery);
export const Secret = z.looseObject({ secret: z.string() });
