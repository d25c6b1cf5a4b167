/*
 * What a process needs that has no use for Nest, the database and the bus: loading those would triple its start and double its memory.
 */
export { PublishedKeys, type SigningKeysConfig } from './auth/published-keys.ts';
export { announcesBody, drainBody } from './http/body/request-body.ts';
export { LocalAccess, type LocalAccessConfig } from './http/local-access.ts';
export { ConfigError, duration, flag, integer, readEnv } from './config/env.ts';
export {
  localAccessConfig,
  localAccessEnv,
  signingKeysConfig,
  signingKeysEnv,
} from './config/service-config.ts';
export { createLogger, type Logger } from './telemetry/logger.ts';
