import type { DeliveryRow, EndpointWithSecret, WebhookEndpoint } from '@antiphon/runtime';
import type { z } from 'zod';
import type * as replies from './endpoint-replies.ts';

/** The stock client's object, with the additional `disabled_reason` and `failing_since`. */
export function encodeEndpoint(endpoint: WebhookEndpoint): z.input<typeof replies.Endpoint> {
  return {
    id: endpoint.id,
    object: 'webhook_endpoint',
    name: endpoint.name,
    description: endpoint.description,
    url: endpoint.url,
    event_types: endpoint.eventTypes,
    enabled: endpoint.isEnabled,
    disabled_reason: endpoint.disabledReason,
    disabled_at: unixTimeOrNull(endpoint.disabledAt),
    failing_since: unixTimeOrNull(endpoint.failingSince),
    signing_secret_hint: `whsec_…${endpoint.secretHint}`,
    created_at: unixTime(endpoint.createdAt),
    updated_at: unixTime(endpoint.updatedAt),
  };
}

export function encodeWithSecret({
  endpoint,
  secret,
}: EndpointWithSecret): z.input<typeof replies.EndpointWithSecret> {
  return { ...encodeEndpoint(endpoint), signing_secret: secret };
}

/** `id` is the `webhook-id` of every attempt. */
export function encodeDelivery(delivery: DeliveryRow): z.input<typeof replies.Delivery> {
  const isPending = delivery.deliveredAt === null && delivery.deadAt === null;
  return {
    id: delivery.id,
    object: 'webhook_endpoint.delivery',
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    response_id: delivery.responseId,
    endpoint_id: delivery.endpointId,
    url: delivery.url,
    status: isPending ? 'pending' : delivery.deliveredAt !== null ? 'delivered' : 'failed',
    attempts: delivery.attempt,
    last_status_code: delivery.lastStatus,
    last_error: delivery.lastError,
    created_at: unixTime(delivery.createdAt.getTime()),
    next_attempt_at: isPending ? unixTime(delivery.nextAt.getTime()) : null,
    delivered_at: unixTimeOrNull(delivery.deliveredAt?.getTime() ?? null),
    failed_at: unixTimeOrNull(delivery.deadAt?.getTime() ?? null),
  };
}

/** A page of entries that were read with one more than it shows. */
export function encodePage<Entry extends { id: string }>(entries: readonly Entry[], limit: number) {
  const data = entries.slice(0, limit);
  return {
    object: 'list' as const,
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: entries.length > limit,
  };
}

function unixTime(ms: number): number {
  return Math.floor(ms / 1000);
}

function unixTimeOrNull(ms: number | null): number | null {
  return ms === null ? null : unixTime(ms);
}
