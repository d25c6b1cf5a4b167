import { type RuntimeConfig, runtimeConfig, runtimeEnv, runtimeLimits } from '@antiphon/runtime';
import {
  type DatabaseConfig,
  databaseConfig,
  databaseEnv,
  databaseLimits,
  duration,
  type EgressConfig,
  egressConfig,
  egressEnv,
  egressLimits,
  type LimitsFile,
  readEnv,
  readLimits,
  readLimitsFile,
  type ServiceConfig,
  serviceConfig,
  serviceEnv,
  serviceLimits,
  signingKeysLimits,
  type TokenConfig,
  tokenConfig,
  tokenEnv,
} from '@antiphon/service-kit';
import { responsesLimits } from './limits.ts';
import type { PromptsConfig } from './prompts/prompts.providers.ts';

const env = {
  ...serviceEnv(8082),
  ...tokenEnv,
  ...databaseEnv,
  ...runtimeEnv,
  ...egressEnv,
  SSE_HEARTBEAT: duration('15s'),
};

/** The sections of the limits file that this service reads. */
export const limitSections = {
  ...serviceLimits,
  ...signingKeysLimits,
  ...databaseLimits,
  ...runtimeLimits,
  ...egressLimits,
  ...responsesLimits,
};

/** Nest's token for the app's config. */
export const RESPONSES_CONFIG = Symbol('responses config');

export interface ResponsesConfig {
  service: ServiceConfig;
  tokens: TokenConfig;
  database: DatabaseConfig;
  runtime: RuntimeConfig;
  egress: EgressConfig;
  /** How long a stream may be silent before a comment is sent, so that no proxy closes it. */
  heartbeatMs: number;
  prompts: PromptsConfig;
  /** How long the reader of a stream may take nothing before the connection is closed. */
  stallTimeoutMs: number;
  /** How long a retrieve may wait for the end of its response. */
  waitMaxMs: number;
  /** How long a replaced webhook secret goes on signing beside the new one. */
  webhookSecretOverlapMs: number;
  socket: SocketConfig;
}

/** The WebSocket connections of this process. */
export interface SocketConfig {
  /** The longest time that one stays open. */
  lifetimeMs: number;
  /** The interval of the pings; a connection that answered none since the last one is closed. */
  heartbeatMs: number;
  connectionsMax: number;
  /** Turns of one that may wait for the turn under way. */
  turnsWaitingMax: number;
  /** Bytes of unstored turns that all of them together remember. */
  historyBytesMax: number;
}

/** The service's config from the environment and the limits file. Throws ConfigError that names what is wrong. */
export function loadConfig(
  environment: NodeJS.ProcessEnv,
  file: LimitsFile = readLimitsFile(environment),
): ResponsesConfig {
  const read = readEnv(env, environment);
  const limits = readLimits(limitSections, file);
  return Object.freeze({
    service: serviceConfig(read, limits),
    tokens: tokenConfig(read, limits),
    database: databaseConfig(read, limits),
    runtime: runtimeConfig(read, limits),
    egress: egressConfig(read, limits),
    heartbeatMs: read.SSE_HEARTBEAT,
    prompts: {
      promptsMax: limits.prompts.prompts_max,
      versionsMax: limits.prompts.versions_max,
      contentMax: limits.prompts.version_characters_max,
      templates: {
        templateMax: limits.prompts.template_characters_max,
        outputMax: limits.prompts.output_characters_max,
        renderTimeoutMs: limits.prompts.render_timeout,
        processesMax: limits.prompts.render_processes_max,
        processMemoryMb: limits.prompts.render_memory_mb,
      },
    },
    stallTimeoutMs: limits.streams.stall_timeout,
    waitMaxMs: limits.streams.wait_max,
    webhookSecretOverlapMs: limits.webhooks.secret_overlap,
    socket: {
      lifetimeMs: limits.websockets.lifetime,
      heartbeatMs: limits.websockets.heartbeat,
      connectionsMax: limits.websockets.connections_max,
      turnsWaitingMax: limits.websockets.turns_waiting_max,
      historyBytesMax: limits.websockets.history_bytes_max,
    },
  });
}
