import { type RuntimeConfig, runtimeConfig, runtimeEnv } from '@antiphon/runtime';
import {
  type DatabaseConfig,
  databaseConfig,
  databaseEnv,
  duration,
  type EgressConfig,
  egressConfig,
  egressEnv,
  integer,
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
  SSE_STALL_TIMEOUT: duration('60s'),
  WEBHOOK_SECRET_OVERLAP: duration('24h'),
  WEBSOCKET_LIFETIME: duration('60m'),
  WEBSOCKET_HEARTBEAT: duration('30s'),
  WEBSOCKET_CONNECTIONS_MAX: integer(1024, { min: 1 }),
  WEBSOCKET_TURNS_WAITING_MAX: integer(4, { min: 1 }),
  WEBSOCKET_HISTORY_BYTES_MAX: integer(64 * 1024 * 1024, { min: 1024 }),
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
  /** How long a stream's reader may take nothing before it is taken for dead. */
  stallTimeoutMs: number;
  /** How long a webhook secret that was replaced goes on signing beside the new one. */
  webhookSecretOverlapMs: number;
  socket: SocketConfig;
}

/** The WebSocket connections of this process. */
export interface SocketConfig {
  /** How long one may be open. */
  lifetimeMs: number;
  /** How often each is asked for a sign of life; one that gave none since the last time is ended. */
  heartbeatMs: number;
  connectionsMax: number;
  /** How many turns of one may wait for the one under way. */
  turnsWaitingMax: number;
  /** What all of them together may remember of turns that are not stored. */
  historyBytesMax: number;
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
    stallTimeoutMs: read.SSE_STALL_TIMEOUT,
    webhookSecretOverlapMs: read.WEBHOOK_SECRET_OVERLAP,
    socket: {
      lifetimeMs: read.WEBSOCKET_LIFETIME,
      heartbeatMs: read.WEBSOCKET_HEARTBEAT,
      connectionsMax: read.WEBSOCKET_CONNECTIONS_MAX,
      turnsWaitingMax: read.WEBSOCKET_TURNS_WAITING_MAX,
      historyBytesMax: read.WEBSOCKET_HISTORY_BYTES_MAX,
    },
  });
}
