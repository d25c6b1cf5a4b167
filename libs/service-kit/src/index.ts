export { boot, startService, type RunningService, type ServiceDefinition } from './boot.ts';
export {
  ConfigError,
  duration,
  durationList,
  flag,
  integer,
  list,
  optionalText,
  parseDuration,
  readEnv,
  urlText,
} from './config/env.ts';
export {
  databaseConfig,
  databaseEnv,
  encryptionEnv,
  serviceConfig,
  serviceEnv,
  tokenConfig,
  tokenEnv,
  type DatabaseConfig,
  type ServiceConfig,
  type TokenConfig,
} from './config/service-config.ts';
export { createDataSource, migrate, type DatabaseSchema } from './database/database.ts';
export { databaseProvider } from './database/database.provider.ts';
export { GroupCommit } from './database/group-commit.ts';
export { failedToConnect } from './egress/connect-failure.ts';
export { egressConfig, egressEnv } from './egress/egress-config.ts';
export { egressProvider } from './egress/egress.provider.ts';
export {
  Egress,
  type EgressConfig,
  type EgressHead,
  type EgressRequest,
  type EgressResponse,
  type EgressStream,
  type EgressStreamRequest,
} from './egress/egress.ts';
export type { ResolveName } from './egress/guarded-agent.ts';
export { CallerGuard, callerOfRequest, CurrentCaller } from './auth/caller.guard.ts';
export { localUserId, TokenVerifier, type Credentials } from './auth/token-verifier.ts';
export {
  CallerLimits,
  type LimitedGauge,
  type LimitedTotal,
  type LimitedWindow,
} from './limits/caller-limits.ts';
export { ByteRoom } from './limits/byte-room.ts';
export { limitConfig, limitEnv, type LimitConfig } from './limits/limit-config.ts';
export { type EventHandler } from './outbox/event-listener.ts';
export { eventListenerProvider } from './outbox/event-listener.provider.ts';
export { EVENT_STREAM, OutboxHint, outboxProvider } from './outbox/outbox.provider.ts';
export {
  JetStreamEvents,
  type EventSource,
  type EventStream,
  type StreamMessage,
} from './outbox/event-stream.ts';
export { outboxConfig, outboxEnv, type OutboxConfig } from './outbox/outbox-config.ts';
export { OutboxRelay } from './outbox/outbox-relay.ts';
export { createOutbox, dropOutbox, outboxEntry, writeEvents } from './outbox/outbox-table.ts';
export { clientGone } from './http/client-gone.ts';
export { Heartbeat } from './http/heartbeat.ts';
export {
  encodeErrorPlainly,
  limitHeaders,
  type EncodeError,
  type ErrorReply,
} from './http/app-error-filter.ts';
export { requestIdOf } from './http/http-server.ts';
export type { RequestIdentifier } from './http/body-admission.ts';
export { EntryCheck } from './http/entry-check.ts';
export type { LocalAccessConfig } from './http/local-access.ts';
export { readJson } from './http/read-json.ts';
export { Serves } from './routes/serves.ts';
export { connectNats } from './bus/nats/nats-connection.ts';
export { defaultTiming, NatsRpcBus, type RpcTiming } from './bus/nats/nats-bus.ts';
export { type QuestionTime, RpcBus } from './bus/bus.ts';
export { SecretBox } from './secrets/secret-box.ts';
export { createLogger, LOGGER, type Logger } from './telemetry/logger.ts';
export { metrics } from './telemetry/metrics.ts';
export { callerAttributes, traceOf } from './http/request-trace.ts';
export { noTracing, Tracing, type TraceContext, type TraceSpan } from './telemetry/tracing.ts';
export { Readiness, type ReadinessCheck, type ReadinessReport } from './telemetry/readiness.ts';
