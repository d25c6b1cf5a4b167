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

import type { TemplateLimits } from './prompts/templates/template-engine.ts';

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

/** Nest's tokens for the slices of the config that the features of the app inject. */
export const RUN_TIMES = Symbol('times of foreground runs');
export const REPLY_TIMES = Symbol('times of replies');
export const RESPONSE_WAIT_MAX_MS = Symbol('longest wait of a retrieve');
export const COMPACTION_KEY = Symbol('key that seals compacted contexts');
export const PROMPTS_CONFIG = Symbol('config of prompts');
export const TEMPLATE_LIMITS = Symbol('limits of templates');
export const WEBHOOK_SECRET_OVERLAP_MS = Symbol('overlap of webhook secrets');
export const SOCKET_CONFIG = Symbol('config of WebSockets');

export interface ResponsesConfig {
  service: ServiceConfig;
  tokens: TokenConfig;
  database: DatabaseConfig;
  runtime: RuntimeConfig;
  egress: EgressConfig;
  runTimes: RunTimes;
  replyTimes: ReplyTimes;
  /** How long a retrieve may wait for the end of its response. */
  waitMaxMs: number;
  prompts: PromptsConfig;
  /** How long a replaced webhook secret signs beside the new one. */
  webhookSecretOverlapMs: number;
  socket: SocketConfig;
}

/** The times of runs whose client waits for them. */
export interface RunTimes {
  /** How long a foreground run may take. */
  foregroundTimeoutMs: number;
  /** How long the foreground runs of a stopping process may take to end. */
  shutdownGraceMs: number;
}

/** The times of open replies. */
export interface ReplyTimes {
  /** How long a stream may be silent before a heartbeat is sent, so that proxies keep the connection open. */
  heartbeatMs: number;
  /** How long the client of a stream may read nothing before its connection is closed. */
  stallTimeoutMs: number;
}

export interface PromptsConfig {
  /** Prompts of one user. */
  promptsMax: number;
  /** Versions of one prompt. */
  versionsMax: number;
  /** Characters of one version as JSON. */
  contentMax: number;
  templates: TemplateLimits;
}

/** The WebSocket connections of this process. */
export interface SocketConfig {
  /** How long a connection may be open. */
  lifetimeMs: number;
  /** How often each connection is pinged. One that sends nothing between two pings is closed. */
  heartbeatMs: number;
  connectionsMax: number;
  /** How many turns of a connection may wait for the one that runs. */
  turnsWaitingMax: number;
  /** The bytes of unstored turns that all connections together may remember. */
  historyBytesMax: number;
  /** How long a client may read nothing before its connection is closed. */
  stallTimeoutMs: number;
  /** How long the turns of a stopping process may take to end. */
  shutdownGraceMs: number;
  /** The limits of one message, those of a request body. */
  messageLimits: ServiceConfig['bodyLimits'];
}

export function loadConfig(environment: NodeJS.ProcessEnv): ResponsesConfig {
  const read = readEnv(env, environment);
  const service = serviceConfig(read);
  const runtime = runtimeConfig(read);
  const { shutdownGraceMs } = service;
  const stallTimeoutMs = read.SSE_STALL_TIMEOUT;
  return Object.freeze({
    service,
    tokens: tokenConfig(read),
    database: databaseConfig(read),
    runtime,
    egress: egressConfig(read),
    runTimes: { foregroundTimeoutMs: runtime.foregroundTimeoutMs, shutdownGraceMs },
    replyTimes: { heartbeatMs: read.SSE_HEARTBEAT, stallTimeoutMs },
    waitMaxMs: read.RESPONSES_WAIT_MAX,
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
    webhookSecretOverlapMs: read.WEBHOOK_SECRET_OVERLAP,
    socket: {
      lifetimeMs: read.WEBSOCKET_LIFETIME,
      heartbeatMs: read.WEBSOCKET_HEARTBEAT,
      connectionsMax: read.WEBSOCKET_CONNECTIONS_MAX,
      turnsWaitingMax: read.WEBSOCKET_TURNS_WAITING_MAX,
      historyBytesMax: read.WEBSOCKET_HISTORY_BYTES_MAX,
      stallTimeoutMs,
      shutdownGraceMs,
      messageLimits: service.bodyLimits,
    },
  });
}
