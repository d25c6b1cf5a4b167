import { architecture, jan, openai, rules, webhooks, type Requirement } from '../requirement.ts';

/** The webhook of a single response (metadata.webhook_url), registered endpoints, and their deliveries. */
export const webhookRequirements = {
  'webhook-payload': jan(
    'Webhook Notifications',
    'The webhook is POSTed to metadata.webhook_url with the payload of the document',
  ),
  'webhook-failed': jan('Webhook Notifications', 'The webhook of a failed run has error as a string'),
  'webhook-cancelled': architecture('A run', 'A cancelled run sends a webhook'),
  'webhook-headers': rules('jan', 'X-Jan-Event and X-Jan-Response-ID'),
  'webhook-signature': webhooks(
    'Signature scheme',
    'webhook-id, webhook-timestamp and webhook-signature verify with the stock libraries',
  ),
  'webhook-retries': webhooks(
    'Deliverability and reliability',
    'A failed attempt is repeated under the same webhook-id',
  ),
  'webhook-redirect': webhooks('Deliverability and reliability', '3xx is a failure and is not followed'),
  'webhook-gone': webhooks('Deliverability and reliability', '410 ends the attempts'),
  'webhook-bounded': jan(
    'Environment Variables',
    'At most WEBHOOK_MAX_RETRIES retries, each within WEBHOOK_TIMEOUT',
  ),
  'webhook-secret': architecture(
    'Decisions',
    'Each caller has a secret of its own, read at /v1/webhooks/secret',
  ),
  'webhook-url': architecture('Invariants', 'Create refuses a webhook_url with a private address'),
  'endpoint-crud': openai(
    'Webhooks',
    'The stock client creates, reads, lists, changes and deletes endpoints',
  ),
  'endpoint-secret-once': openai('Webhooks', 'The signing secret is shown once, when it is created'),
  'endpoint-event': openai(
    'Webhooks',
    'An endpoint receives type and data.id in an event that the stock client unwraps',
  ),
  'endpoint-background-only': openai('Webhooks', 'Background responses send events, foreground ones do not'),
  'endpoint-event-types': rules(
    'Webhooks',
    'An endpoint receives the event types that it lists, or all if it lists none',
  ),
  'endpoint-foreign': rules(
    'Webhooks',
    "No caller sees, changes or receives events of another's endpoints, deliveries or responses",
  ),
  'endpoint-bounds': rules(
    'Webhooks',
    'A private URL, an unknown event type and one endpoint too many are refused',
  ),
  'endpoint-rotation': openai(
    'Webhooks',
    'While a secret is being replaced both secrets verify every delivery',
  ),
  'endpoint-disabled': rules('Webhooks', 'A disabled endpoint receives no events until it is enabled'),
  'endpoint-gone': webhooks(
    'Deliverability and reliability',
    '410 disables the endpoint, and its object shows why',
  ),
  'endpoint-deliveries': rules(
    'Webhooks',
    'The deliveries of an endpoint are listed in pages, with their outcomes',
  ),
  'endpoint-redelivery': rules(
    'Webhooks',
    'A delivery is repeated on request of its caller, under the same webhook-id',
  ),
  'endpoint-deleted-response': rules('Webhooks', 'Deleting a response deletes its pending deliveries'),
  'webhook-secret-rotation': rules('Webhooks', "The caller's own secret can be replaced, with an overlap"),
  'webhook-retry-after': webhooks('Deliverability and reliability', 'Retry-After is honoured'),
  'webhook-answer-bounded': webhooks(
    'Deliverability and reliability',
    'A receiver that never ends its reply has still received the webhook',
  ),
  'webhook-isolation': rules('Webhooks', 'A receiver that hangs or fails delays no other'),
  'webhook-restart': rules('Webhooks', 'Due deliveries survive a worker that is killed'),
} satisfies Record<string, Requirement>;
