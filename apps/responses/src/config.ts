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

import type { PromptsConfig } from './prompts/prompts.module.ts';

const env = {
  ...serviceEnv(8082),
  ...tokenEnv,
  ...databaseEnv,
  ...runtimeEnv,
  ...egressEnv,
  SSE_HEARTBEAT: duration('15s'),
  PROMPTS_MAX: integer(1_000, { min: 1 }),
  PROMPT_VERSIONS_MAX: integer(1_000, { min: 1 }),
  PROMPT_CHARACTERS_MAX: integer(1_048_576, { min: 1 }),
  PROMPT_TEMPLATE_CHARACTERS_MAX: integer(65_536, { min: 1 }),
  PROMPT_OUTPUT_CHARACTERS_MAX: integer(262_144, { min: 1 }),
  PROMPT_RENDER_TIMEOUT: duration('1s'),
  PROMPT_RENDER_PROCESSES: integer(2, { min: 1 }),
  PROMPT_RENDER_MEMORY_MB: integer(64, { min: 16 }),
  SSE_STALL_TIMEOUT: duration('60s'),
  RESPONSES_WAIT_MAX: duration('60s'),
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
  prompts: PromptsConfig;
  /** How long a stream's reader may take nothing before it is taken for dead. */
  stallTimeoutMs: number;
  /** For how long a retrieve may wait for its response's end. */
  waitMaxMs: number;
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
    prompts: {
      promptsMax: read.PROMPTS_MAX,
      versionsMax: read.PROMPT_VERSIONS_MAX,
      contentMax: read.PROMPT_CHARACTERS_MAX,
      templates: {
        templateMax: read.PROMPT_TEMPLATE_CHARACTERS_MAX,
        outputMax: read.PROMPT_OUTPUT_CHARACTERS_MAX,
        renderTimeoutMs: read.PROMPT_RENDER_TIMEOUT,
        processesMax: read.PROMPT_RENDER_PROCESSES,
        processMemoryMb: read.PROMPT_RENDER_MEMORY_MB,
      },
    },
    stallTimeoutMs: read.SSE_STALL_TIMEOUT,
    waitMaxMs: read.RESPONSES_WAIT_MAX,
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
