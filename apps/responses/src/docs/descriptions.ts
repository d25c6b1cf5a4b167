import { type ApiDescription, apiDescriptions } from '@antiphon/dialects';
import { describePrompts } from '../prompts/description.ts';
import { describeWebhooks } from '../webhooks/description.ts';

/** Everything that this service offers. */
export const descriptions: readonly ApiDescription[] = [
  ...apiDescriptions,
  describePrompts(),
  describeWebhooks(),
];
