import { finalStatuses, newId } from '@antiphon/contracts';
import type { EntityManager } from 'typeorm';
import { queryIn } from '../database/raw-sql.ts';
import type { DisabledReason, WebhookEndpointRow } from './webhook-endpoint.entity.ts';

/** The events that endpoints can be registered for. */
export const webhookEventTypes: readonly string[] = finalStatuses.map((status) => `response.${status}`);

/** The settings of an endpoint that its caller chooses. */
export interface EndpointSettings {
  name: string;
  description: string | null;
  url: string;
  eventTypes: string[];
  isEnabled: boolean;
}

/** A registered endpoint as its caller sees it. Times are milliseconds since the epoch. */
export interface WebhookEndpoint extends EndpointSettings {
  id: string;
  disabledReason: DisabledReason | null;
  disabledAt: number | null;
  failingSince: number | null;
  /** The last characters of the secret, to distinguish secrets. */
  secretHint: string;
  createdAt: number;
  updatedAt: number;
}

export function toEndpoint(row: WebhookEndpointRow): WebhookEndpoint {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    url: row.url,
    eventTypes: row.eventTypes,
    isEnabled: row.disabledAt === null,
    disabledReason: row.disabledReason,
    disabledAt: row.disabledAt?.getTime() ?? null,
    failingSince: row.failingSince?.getTime() ?? null,
    secretHint: row.secretHint,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

export function newEndpointId(): string {
  return newId('webhookEndpoint');
}

/** Host and port. All receivers there rest together when the host cannot be connected to. */
export function hostOfUrl(url: string): string {
  return new URL(url).host;
}

/** Disables an endpoint and gives its pending deliveries up. */
export async function disableEndpoint(
  manager: EntityManager,
  id: string,
  reason: DisabledReason,
): Promise<void> {
  await queryIn(manager)(
    `update responses.webhook_endpoints set disabled_at = clock_timestamp(), disabled_reason = $2
      where id = $1 and disabled_at is null`,
    [id, reason],
  );
  await queryIn(manager)(
    `update responses.webhook_deliveries set dead_at = clock_timestamp(), last_error = 'The endpoint was disabled.'
      where endpoint_id = $1 and delivered_at is null and dead_at is null`,
    [id],
  );
}
