import type { DatabaseSchema } from '@antiphon/service-kit';
import { Responses1764000000000 } from './migrations/1764000000000-responses.ts';
import { Prompts1764200000000 } from './migrations/1764200000000-prompts.ts';
import { ConversationRow } from './store/conversation.entity.ts';
import { DeliveryRow } from './store/delivery.entity.ts';
import { PromptAuditRow, PromptRow, PromptVersionRow } from './store/prompt.entity.ts';
import { ResponseRow } from './store/response.entity.ts';
import { WebhookSecretRow } from './store/webhook-secret.entity.ts';

/** What the services that run responses keep: one schema, shared by responses and worker. */
export const responsesSchema: DatabaseSchema = {
  schema: 'responses',
  entities: [
    ResponseRow,
    ConversationRow,
    DeliveryRow,
    WebhookSecretRow,
    PromptRow,
    PromptVersionRow,
    PromptAuditRow,
  ],
  migrations: [Responses1764000000000, Prompts1764200000000],
};
