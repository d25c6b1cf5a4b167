import type { Requirement } from '../requirements.ts';

const rules = (text: string) => ({ source: { document: 'API rules' as const, section: 'Webhooks' }, text });
const standard = (text: string) => ({
  source: { document: 'Standard Webhooks specification' as const, section: 'Deliverability and reliability' },
  text,
});
const openai = (text: string) => ({
  source: { document: 'OpenAI API reference' as const, section: 'Webhooks' },
  text,
});

/** Registered endpoints and their deliveries. */
export const webhookRequirements = {
  'endpoint-crud': openai('The stock client creates, reads, lists, changes and deletes endpoints'),
  'endpoint-secret-once': openai('The signing secret is shown when it is made, and never again'),
  'endpoint-event': openai('An endpoint is told type and data.id in an event that the stock client unwraps'),
  'endpoint-background-only': openai('Background responses are told of, foreground ones are not'),
  'endpoint-event-types': rules('An endpoint hears of the event types that it names, without any of all'),
  'endpoint-foreign': rules(
    "Nobody sees, changes or is told of another's endpoints, deliveries or responses",
  ),
  'endpoint-bounds': rules(
    'A URL that may not be reached, an unknown event type and one endpoint too many are refused',
  ),
  'endpoint-rotation': openai('While a secret is being replaced both secrets verify every delivery'),
  'endpoint-disabled': rules('A disabled endpoint is told of nothing until it is enabled'),
  'endpoint-gone': standard('410 disables the endpoint, which says so'),
  'endpoint-deliveries': rules('The deliveries of an endpoint are listed in pages, with what came of them'),
  'endpoint-redelivery': rules('A delivery is sent again when its caller asks, under the same webhook-id'),
  'endpoint-deleted-response': rules('What was not delivered goes with its response'),
  'webhook-secret-rotation': rules("The caller's own secret can be replaced, with an overlap"),
  'webhook-retry-after': standard('Retry-After is honoured'),
  'webhook-answer-bounded': standard(
    'A receiver that never stops talking has taken the webhook all the same',
  ),
  'webhook-isolation': rules('A receiver that hangs or fails delays no other'),
  'webhook-restart': rules('What is due survives a worker that is killed'),
} satisfies Record<string, Requirement>;
