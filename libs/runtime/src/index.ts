export { ActiveRuns, cancelledByCaller } from './runs/active-runs.ts';
export { SchemaThreads } from './schemas/schema-threads.ts';
export { responsesSchema } from './database/database-schema.ts';
export { ResponseRunner, type RunStart } from './runs/response-runner.ts';
export { RunEvents } from './event-log/run-events.ts';
export { RuntimeModule } from './runtime.module.ts';
export { runtimeConfig, runtimeEnv, runtimeLimits, type RuntimeConfig } from './runtime-config.ts';
export { AnswerStore } from './responses/answer.store.ts';
export { ConversationTurnsStore } from './conversations/conversation-turns.store.ts';
export { ServerAccessBox } from './sealed/server-access.ts';
export { ThoughtBox } from './sealed/thought-box.ts';
export type { ItemPage, ItemPageQuery } from './conversations/conversation-page.ts';
export { ConversationStore } from './conversations/conversation.store.ts';
export { contextBytesMax, pageBytesMax } from './database/read-limits.ts';
export type { DeliveryRow } from './webhooks/delivery.entity.ts';
export {
  DeliveryStore,
  type DeliveryLimits,
  type DueDelivery,
  type FailedAttempt,
} from './webhooks/delivery.store.ts';
export { EndpointStore, type EndpointWithSecret } from './webhooks/endpoint.store.ts';
export type { IdempotencyKey, KeyedCreate } from './idempotency/idempotency.store.ts';
export { PromptAuditRow, PromptRow, PromptVersionRow } from './responses/prompt.entity.ts';
export {
  ResponseStore,
  type Claim,
  type DecidedRun,
  type InsertExtras,
  type Lease,
} from './responses/response.store.ts';
export { StoredUse, type StoredFigure } from './database/stored-use.ts';
export { removeUserRecords } from './database/user-records.ts';
export type { DisabledReason } from './webhooks/webhook-endpoint.entity.ts';
export {
  webhookEventTypes,
  type EndpointSettings,
  type WebhookEndpoint,
} from './webhooks/webhook-endpoint.ts';
export { WebhookSecrets } from './webhooks/webhook-secrets.ts';
