import { type ApiDescription, apiDescriptions } from '@antiphon/dialects';
import { describeWebhooks } from '../webhooks/description.ts';

/** Everything that this service offers. */
export const descriptions: readonly ApiDescription[] = [...apiDescriptions, describeWebhooks()];
