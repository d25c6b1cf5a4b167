import type { DatabaseSchema } from '@antiphon/service-kit';
import { Responses1764000000000 } from '../migrations/1764000000000-responses.ts';
import { ToolDecisions1764050000000 } from '../migrations/1764050000000-tool-decisions.ts';
import { ResponsesOutbox1764100000000 } from '../migrations/1764100000000-outbox.ts';
import { Prompts1764200000000 } from '../migrations/1764200000000-prompts.ts';
import { WebhookEndpoints1764300000000 } from '../migrations/1764300000000-webhook-endpoints.ts';
import { ResponseEvents1764400000000 } from '../migrations/1764400000000-response-events.ts';
import { Conversations1764500000000 } from '../migrations/1764500000000-conversations.ts';
import { AnswerCache1764600000000 } from '../migrations/1764600000000-answer-cache.ts';
import { PromptOrder1764650000000 } from '../migrations/1764650000000-prompt-order.ts';
import { Postponed1764660000000 } from '../migrations/1764660000000-postponed.ts';
import { QueuedByUser1766100000000 } from '../migrations/1766100000000-queued-by-user.ts';
import { MeasuredRows1766200000000 } from '../migrations/1766200000000-measured-rows.ts';
import { WebhookReceivers1766200000001 } from '../migrations/1766200000001-webhook-receivers.ts';
import { ListFilters1766300000000 } from '../migrations/1766300000000-list-filters.ts';
import { ConversationVersion1766500000000 } from '../migrations/1766500000000-conversation-version.ts';
import { Approvals1766600000000 } from '../migrations/1766600000000-approvals.ts';
import { ApprovalsOfTenants1766700000000 } from '../migrations/1766700000000-approvals-of-tenants.ts';
import { WebhookAttempts1766800000000 } from '../migrations/1766800000000-webhook-attempts.ts';
import { RunFilters1766710000000 } from '../migrations/1766710000000-run-filters.ts';
import { KeysAndProvidersOfRuns1766900000000 } from '../migrations/1766900000000-keys-and-providers-of-runs.ts';
import { ConversationRow } from '../conversations/conversation.entity.ts';
import { DeliveryRow } from '../webhooks/delivery.entity.ts';
import { PromptAuditRow, PromptRow, PromptVersionRow } from '../prompts/prompt.entity.ts';
import { ResponseRow } from '../responses/response.entity.ts';
import { ToolDecisionRow } from '../decisions/tool-decision.entity.ts';
import { WebhookEndpointRow } from '../webhooks/webhook-endpoint.entity.ts';

/** The database schema of the services that run responses, `responses` and `worker`. */
export const responsesSchema: DatabaseSchema = {
  schema: 'responses',
  entities: [
    ResponseRow,
    ConversationRow,
    DeliveryRow,
    ToolDecisionRow,
    WebhookEndpointRow,
    PromptRow,
    PromptVersionRow,
    PromptAuditRow,
  ],
  migrations: [
    Responses1764000000000,
    ToolDecisions1764050000000,
    ResponsesOutbox1764100000000,
    Prompts1764200000000,
    WebhookEndpoints1764300000000,
    ResponseEvents1764400000000,
    Conversations1764500000000,
    AnswerCache1764600000000,
    PromptOrder1764650000000,
    Postponed1764660000000,
    QueuedByUser1766100000000,
    MeasuredRows1766200000000,
    WebhookReceivers1766200000001,
    ListFilters1766300000000,
    ConversationVersion1766500000000,
    Approvals1766600000000,
    ApprovalsOfTenants1766700000000,
    RunFilters1766710000000,
    WebhookAttempts1766800000000,
    KeysAndProvidersOfRuns1766900000000,
  ],
};
