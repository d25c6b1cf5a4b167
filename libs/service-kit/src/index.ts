export { bootTogether, type ServiceGroups } from './boot-together.ts';
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
  bytesLimit,
  countLimit,
  durationLimit,
  durationsByName,
  type Limit,
  type LimitSection,
} from './config/limit.ts';
export {
  parseLimitsFile,
  readLimits,
  readLimitsFile,
  type LimitsFile,
  type LimitsOf,
} from './config/limits-file.ts';
export { databaseLimits, serviceLimits, signingKeysLimits } from './config/service-limits.ts';
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
export { parseSettingsFile, type FileProblem, type Prepare } from './config/settings-file.ts';
export { createDataSource, type DatabaseSchema } from './database/database.ts';
export { runMigrations } from './database/migrate-program.ts';
export { databaseProvider } from './database/database.provider.ts';
export { runPrepared } from './database/prepared-statement.ts';
export { GroupCommit } from './database/group-commit.ts';
export { failedToConnect } from './egress/connect-failure.ts';
export { egressConfig, egressEnv, egressLimits } from './egress/egress-config.ts';
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
export {
  CallerGuard,
  callerOfRequest,
  CurrentCaller,
  type IdentifiedRequest,
  IdentifyingGuard,
} from './auth/caller.guard.ts';
export { type Credentials, credentialsOf, secretOf } from './auth/credentials.ts';
export { localCallerOf, localUserId, TokenVerifier } from './auth/token-verifier.ts';
export {
  CallerLimits,
  type LimitedGauge,
  type LimitedTotal,
  type LimitedWindow,
} from './limits/caller-limits.ts';
export { ByteRoom } from './limits/byte-room.ts';
export { limitConfig, limitEnv, type LimitConfig } from './limits/limit-config.ts';
export { OutboxHint, outboxProvider } from './outbox/outbox.provider.ts';
export {
  EVENT_STREAM,
  JetStreamEvents,
  type EventSource,
  type EventStream,
  type StreamMessage,
} from './outbox/event-stream.ts';
export { eventsLimits, outboxConfig, type OutboxConfig } from './outbox/outbox-config.ts';
export { OutboxRelay } from './outbox/outbox-relay.ts';
export { createOutbox, dropOutbox, outboxEntry, writeEvents } from './outbox/outbox-table.ts';
export { clientGone } from './http/client-gone.ts';
export { Heartbeat } from './http/heartbeat.ts';
export {
  encodeErrorPlainly,
  limitHeaders,
  PlainErrorReply,
  type EncodeError,
  type ErrorReply,
} from './http/app-error-filter.ts';
export { requestIdOf } from './http/http-server.ts';
export type { RequestIdentifier } from './http/body/body-admission.ts';
export { EntryCheck } from './http/entry-check.ts';
export type { LocalAccessConfig } from './http/local-access.ts';
export {
  filenameCharactersMax,
  type FormBody,
  type FormFile,
  type FormLimits,
  formOf,
  receiveForm,
} from './http/body/form.ts';
export { drainBody } from './http/body/request-body.ts';
export { readJson } from './http/body/read-json.ts';
export { DocumentsModule } from './docs/documents.module.ts';
export { openApiOf, type OpenApiDocument } from './docs/openapi.ts';
export { Serves } from './routes/serves.ts';
export { connectNats } from './bus/nats/nats-connection.ts';
export { type Bus } from './bus/bus.ts';
export { BusClient, type RequestTime } from './bus/bus-client.ts';
export type { EventContext, RequestContext, SignalContext } from './bus/bus-context.ts';
export { BusServer } from './bus/bus-server.ts';
export { Answers, Consumes, Subscribes } from './bus/decorators.ts';
export { defaultTiming, NatsBus, type BusTiming } from './bus/nats/nats-bus.ts';
export { SecretBox } from './secrets/secret-box.ts';
export { createLogger, LOGGER, type Logger } from './telemetry/logger.ts';
export { metrics } from './telemetry/metrics.ts';
export { logResponseId } from './http/request-log.ts';
export { callerAttributes, traceOf } from './http/request-trace.ts';
export { noTracing, Tracing, type TraceContext, type TraceSpan } from './telemetry/tracing.ts';
export { Readiness, type ReadinessCheck, type ReadinessReport } from './telemetry/readiness.ts';
