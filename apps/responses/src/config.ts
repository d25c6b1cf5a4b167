import { type RuntimeConfig, runtimeConfig, runtimeEnv } from '@antiphon/runtime';
import {
  type DatabaseConfig,
  databaseConfig,
  databaseEnv,
  duration,
  type EgressConfig,
  egressConfig,
  egressEnv,
  readEnv,
  type ServiceConfig,
  serviceConfig,
  serviceEnv,
  type TokenConfig,
  tokenConfig,
  tokenEnv,
} from '@antiphon/service-kit';

const env = {
  ...serviceEnv(8082),
  ...tokenEnv,
  ...databaseEnv,
  ...runtimeEnv,
  ...egressEnv,
  SSE_HEARTBEAT: duration('15s'),
  WEBHOOK_SECRET_OVERLAP: duration('24h'),
};

/** Nest's token for the app's config. */
export const RESPONSES_CONFIG = Symbol('responses config');

export interface ResponsesConfig {
  service: ServiceConfig;
  tokens: TokenConfig;
  database: DatabaseConfig;
  runtime: RuntimeConfig;
  egress: EgressConfig;
  /** How long a stream may be silent before a comment is sent, so that nobody on the way takes it for dead. */
  heartbeatMs: number;
  /** How long a webhook secret that was replaced goes on signing beside the new one. */
  webhookSecretOverlapMs: number;
}

export function loadConfig(environment: NodeJS.ProcessEnv): ResponsesConfig {
  const read = readEnv(env, environment);
  return Object.freeze({
    service: serviceConfig(read),
    tokens: tokenConfig(read),
    database: databaseConfig(read),
    runtime: runtimeConfig(read),
    egress: egressConfig(read),
    heartbeatMs: read.SSE_HEARTBEAT,
    webhookSecretOverlapMs: read.WEBHOOK_SECRET_OVERLAP,
  });
}
