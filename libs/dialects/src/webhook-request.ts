import type { Response } from '@antiphon/contracts';
import { storingDialectNamed } from './registry.ts';

/** A delivery of a webhook, as far as its request depends on it. */
export interface WebhookDelivery {
  id: string;
  /** The id of its event; null in deliveries of the first release. */
  eventId: string | null;
  /** Null where the URL came with the request of the response. */
  endpointId: string | null;
}

/**
 * The headers and the body of a delivery, without the signature. Registered endpoints receive the webhook of the openai dialect, the URL of a
 * request that of the request's dialect. The same for every attempt, since an ended response does not change.
 */
export function webhookRequest(
  { id, eventId, endpointId }: WebhookDelivery,
  response: Response,
): { headers: Record<string, string>; body: string } {
  const dialect = storingDialectNamed(endpointId === null ? response.dialect : 'openai');
  const { headers, body } = dialect.encodeWebhook({ eventId: eventId ?? id, response });
  return {
    headers: { 'content-type': 'application/json', 'user-agent': 'Antiphon-Webhooks/1', ...headers },
    body: JSON.stringify(body),
  };
}
