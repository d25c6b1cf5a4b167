/*
 * The parts for a process without Nest, database and bus: loading those would triple its start and double its memory.
 */
export { PublishedKeys, type SigningKeysConfig } from './auth/published-keys.ts';
export { announcesBody, drainBody } from './http/body/request-body.ts';
export { UnusedConnections } from './http/unused-connections.ts';
export { LocalAccess, type LocalAccessConfig } from './http/local-access.ts';
export { ConfigError, duration, flag, integer, readEnv } from './config/env.ts';
export { bytesLimit, countLimit, durationLimit, type Limit } from './config/limit.ts';
export { readLimits, readLimitsFile, type LimitsFile } from './config/limits-file.ts';
export { signingKeysLimits } from './config/service-limits.ts';
export { movedVariables } from './config/moved-variables.ts';
export {
  localAccessConfig,
  localAccessEnv,
  signingKeysConfig,
  signingKeysEnv,
} from './config/service-config.ts';
export { createLogger, type Logger } from './telemetry/logger.ts';
export { collectProcessMetrics } from './telemetry/process-metrics.ts';
export { returnStartMemory } from './telemetry/start-memory.ts';
