import { openai, rules, webhooks, type Requirement } from '../requirement.ts';

/** Registered endpoints and their deliveries. */
export const webhookRequirements = {
  'endpoint-crud': openai(
    'Webhooks',
    'The stock client creates, reads, lists, changes and deletes endpoints',
  ),
  'endpoint-secret-once': openai('Webhooks', 'The signing secret is shown when it is made, and never again'),
  'endpoint-event': openai(
    'Webhooks',
    'An endpoint is told type and data.id in an event that the stock client unwraps',
  ),
  'endpoint-background-only': openai('Webhooks', 'Background responses are told of, foreground ones are not'),
  'endpoint-event-types': rules(
    'Webhooks',
    'An endpoint hears of the event types that it names, without any of all',
  ),
  'endpoint-foreign': rules(
    'Webhooks',
    "Nobody sees, changes or is told of another's endpoints, deliveries or responses",
  ),
  'endpoint-bounds': rules(
    'Webhooks',
    'A URL that may not be reached, an unknown event type and one endpoint too many are refused',
  ),
  'endpoint-rotation': openai(
    'Webhooks',
    'While a secret is being replaced both secrets verify every delivery',
  ),
  'endpoint-disabled': rules('Webhooks', 'A disabled endpoint is told of nothing until it is enabled'),
  'endpoint-gone': webhooks('Deliverability and reliability', '410 disables the endpoint, which says so'),
  'endpoint-deliveries': rules(
    'Webhooks',
    'The deliveries of an endpoint are listed in pages, with what came of them',
  ),
  'endpoint-redelivery': rules(
    'Webhooks',
    'A delivery is sent again when its caller asks, under the same webhook-id',
  ),
  'endpoint-deleted-response': rules('Webhooks', 'What was not delivered goes with its response'),
  'webhook-secret-rotation': rules('Webhooks', "The caller's own secret can be replaced, with an overlap"),
  'webhook-retry-after': webhooks('Deliverability and reliability', 'Retry-After is honoured'),
  'webhook-answer-bounded': webhooks(
    'Deliverability and reliability',
    'A receiver that never stops talking has taken the webhook all the same',
  ),
  'webhook-isolation': rules('Webhooks', 'A receiver that hangs or fails delays no other'),
  'webhook-restart': rules('Webhooks', 'What is due survives a worker that is killed'),
} satisfies Record<string, Requirement>;
