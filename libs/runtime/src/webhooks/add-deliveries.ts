import { isFinal, newId, type Response } from '@antiphon/contracts';
import type { EntityManager } from 'typeorm';
import { queryIn } from '../database/raw-sql.ts';
import { DeliveryRow } from './delivery.entity.ts';
import { hostOfUrl } from './webhook-endpoint.ts';

/**
 * Adds the deliveries of an ended background response, in the transaction that ends it: one to the URL of its request, and one to each
 * endpoint of its owner that is registered for the event. All of them have one event id.
 */
export async function addDeliveries(manager: EntityManager, response: Response): Promise<void> {
  if (!isFinal(response.status) || !response.background) return;
  const eventType = `response.${response.status}`;
  // The lock keeps an endpoint from being deleted before the row that refers to it is committed.
  const endpoints = await queryIn(manager)<{ id: string; url: string }>(
    `select id, url from responses.webhook_endpoints
      where user_id = $1 and disabled_at is null and $2 = any(event_types) for key share`,
    [response.userId, eventType],
  );
  const targets: { endpointId: string | null; url: string }[] = endpoints.map(({ id, url }) => ({
    endpointId: id,
    url,
  }));
  if (response.webhookUrl !== null) targets.push({ endpointId: null, url: response.webhookUrl });
  if (targets.length === 0) return;
  const eventId = newId('event');
  await manager.insert(
    DeliveryRow,
    targets.map(({ endpointId, url }) => ({
      id: newId('delivery'),
      eventId,
      eventType,
      endpointId,
      responseId: response.id,
      userId: response.userId,
      url,
      host: hostOfUrl(url),
    })),
  );
}
