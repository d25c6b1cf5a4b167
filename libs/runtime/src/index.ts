export { ConversationStore } from './conversations/conversation.store.ts';
export { ConversationTurnsStore } from './conversations/conversation-turns.store.ts';
export { HistoryStore } from './conversations/history.store.ts';
export type { ItemPage, ItemPageQuery } from './conversations/conversation-page.ts';
export { responsesSchema } from './database/database-schema.ts';
export { contextBytesMax, pageBytesMax } from './database/read-limits.ts';
export { StoredUse, type StoredFigure } from './database/stored-use.ts';
export { removeUserRecords } from './database/user-records.ts';
export type { Owners } from './database/owners.ts';
export type { CallPlace, DecisionFilter, DecisionPage } from './decisions/decision-list.ts';
export { DecisionStore, type DecidedRun } from './decisions/decision.store.ts';
export { EventLogStore } from './event-log/event-log.store.ts';
export { RunEvents } from './event-log/run-events.ts';
export { IdempotencyStore, type IdempotencyKey, type KeyedCreate } from './idempotency/idempotency.store.ts';
export { AnswerStore } from './answer-cache/answer.store.ts';
export { ItemStore } from './responses/item.store.ts';
export { PromptAuditRow, PromptRow, PromptVersionRow } from './prompts/prompt.entity.ts';
export { ResponseStore, type InsertExtras } from './responses/response.store.ts';
export { ActiveRuns, cancelledByCaller } from './runs/active-runs.ts';
export type { Claim, Lease } from './runs/lease.ts';
export { LeaseStore } from './runs/lease.store.ts';
export { ResponseRunner } from './runs/response-runner.ts';
export type { RunStart } from './runs/run-start.ts';
export { runtimeConfig, runtimeEnv, runtimeLimits, type RuntimeConfig } from './runtime-config.ts';
export { RuntimeModule } from './runtime.module.ts';
export { SchemaThreads } from './schemas/schema-threads.ts';
export { SealedReasoning } from './sealed/sealed-reasoning.ts';
export { ServerAccessBox } from './sealed/server-access.ts';
export type { DeliveryRow } from './webhooks/delivery.entity.ts';
export {
  type Attempt,
  DeliveryQueue,
  type DeliveryLimits,
  type DueDelivery,
  type FailedAttempt,
} from './webhooks/delivery-queue.ts';
export { DeliverySignal } from './webhooks/delivery-signal.ts';
export { type DeliveryAttempt, DeliveryStore } from './webhooks/delivery.store.ts';
export type { DeliveryFilter } from './webhooks/delivery-list.ts';
export { EndpointStore, type EndpointWithSecret } from './webhooks/endpoint.store.ts';
export type { DisabledReason } from './webhooks/webhook-endpoint.entity.ts';
export {
  webhookEventTypes,
  type EndpointSettings,
  type WebhookEndpoint,
} from './webhooks/webhook-endpoint.ts';
export { WebhookSecrets } from './webhooks/webhook-secrets.ts';
