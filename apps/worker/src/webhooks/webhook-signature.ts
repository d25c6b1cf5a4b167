import { createHmac } from 'node:crypto';

/**
 * The three headers of Standard Webhooks (standard-webhooks/spec/standard-webhooks.md): the signature covers id, time of this attempt
 * and the body's exact bytes. `secrets` are each `whsec_` and base64; while one is being replaced there are two, and so two signatures.
 */
export function signatureHeaders(
  secrets: readonly string[],
  delivery: { id: string; sentAtMs: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(delivery.sentAtMs / 1000));
  const signed = `${delivery.id}.${timestamp}.${delivery.body}`;
  return {
    'webhook-id': delivery.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => sign(secret, signed)).join(' '),
  };
}

function sign(secret: string, text: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}
