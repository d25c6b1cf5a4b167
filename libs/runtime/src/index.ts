export { ActiveRuns, cancelledByCaller } from './active-runs.ts';
export { SchemaThreads } from './schemas/schema-threads.ts';
export { responsesSchema } from './database-schema.ts';
export { ResponseRunner, type RunStart } from './response-runner.ts';
export { RunEvents } from './run-events.ts';
export { RuntimeModule } from './runtime.module.ts';
export { runtimeConfig, runtimeEnv, type RuntimeConfig } from './runtime-config.ts';
export { AnswerStore } from './store/answer.store.ts';
export { ConversationTurnsStore } from './store/conversation-turns.store.ts';
export { ServerAccessBox } from './server-access.ts';
export { ThoughtBox } from './thought-box.ts';
export type { ItemPage, ItemPageQuery } from './store/conversation-page.ts';
export { ConversationStore } from './store/conversation.store.ts';
export { contextBytesMax, pageBytesMax } from './store/read-limits.ts';
export type { DeliveryRow } from './store/delivery.entity.ts';
export {
  DeliveryStore,
  type DeliveryLimits,
  type DueDelivery,
  type FailedAttempt,
} from './store/delivery.store.ts';
export { EndpointStore, type EndpointWithSecret } from './store/endpoint.store.ts';
export type { IdempotencyKey, KeyedCreate } from './store/idempotency.store.ts';
export { PromptAuditRow, PromptRow, PromptVersionRow } from './store/prompt.entity.ts';
export {
  ResponseStore,
  type Claim,
  type DecidedRun,
  type InsertExtras,
  type Lease,
} from './store/response.store.ts';
export { StoredUse, type StoredFigure } from './store/stored-use.ts';
export { removeUserRecords } from './store/user-records.ts';
export type { DisabledReason } from './store/webhook-endpoint.entity.ts';
export { webhookEventTypes, type EndpointSettings, type WebhookEndpoint } from './store/webhook-endpoint.ts';
export { WebhookSecrets } from './store/webhook-secrets.ts';
