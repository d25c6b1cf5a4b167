import { createHmac } from 'node:crypto';

/**
 * The three headers of Standard Webhooks (standard-webhooks/spec/standard-webhooks.md): the signature covers id, time of this attempt
 * and the body's exact bytes. `secret` is `whsec_` and base64.
 */
export function signatureHeaders(
  secret: string,
  delivery: { id: string; sentAtMs: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(delivery.sentAtMs / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key)
    .update(`${delivery.id}.${timestamp}.${delivery.body}`)
    .digest('base64');
  return {
    'webhook-id': delivery.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
