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
import { z } from 'zod';
import type { UnsupportedTools } from './input/unsupported-tools.ts';
import type { InputFilesLimits } from './input/uploaded-files.ts';
import { responsesLimits } from './limits.ts';
import type { TemplateLimits } from './prompts/templates/template-engine.ts';

const env = {
  ...serviceEnv(8082),
  ...tokenEnv,
  ...databaseEnv,
  ...runtimeEnv,
  ...egressEnv,
  SSE_HEARTBEAT: duration('15s'),
  UNSUPPORTED_TOOLS: z.enum(['refuse', 'skip'], { error: 'must be refuse or skip' }).default('refuse'),
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

/** Nest's tokens for the slices of the config that the features of the app inject. */
export const RUN_TIMES = Symbol('times of foreground runs');
export const REPLY_TIMES = Symbol('times of replies');
export const TIMELINE_INTERVAL_MS = Symbol('shortest time between two events of a live timeline');
export const RESPONSE_WAIT_MAX_MS = Symbol('longest wait of a retrieve');
export const PROMPTS_CONFIG = Symbol('config of prompts');
export const TEMPLATE_LIMITS = Symbol('limits of templates');
export const WEBHOOK_SECRET_OVERLAP_MS = Symbol('overlap of webhook secrets');
export const UNSUPPORTED_TOOLS = Symbol('tools of unsupported types');
export const INPUT_FILES = Symbol('limits of uploaded files in inputs');
export const APPROVALS_CONFIG = Symbol('config of approvals');
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
  /** The shortest time between two events of a live timeline. */
  timelineIntervalMs: number;
  unsupportedTools: UnsupportedTools;
  inputFiles: InputFilesLimits;
  prompts: PromptsConfig;
  /** How long a replaced webhook secret signs beside the new one. */
  webhookSecretOverlapMs: number;
  socket: SocketConfig;
  approvals: ApprovalsConfig;
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
  /** How long the client of a stream may stall before its connection is closed. */
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

/** The streams of approvals, and decisions that wait. */
export interface ApprovalsConfig {
  /** How often a stream looks for changes. */
  pollMs: number;
  /** How many waiting runs a stream watches. */
  watchedMax: number;
  /** How long a stream is open, so that the credential of its reader is checked again. */
  streamLifetimeMs: number;
  /** How long a decision waits for the next pause of its run. */
  decideWaitMs: number;
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
  /** How long a client may stall before its connection is closed. */
  stallTimeoutMs: number;
  /** How long the turns of a stopping process may take to end. */
  shutdownGraceMs: number;
  /** The limits of one message, those of a request body. */
  messageLimits: ServiceConfig['bodyLimits'];
}

/** The service's config from the environment and the limits file. Throws ConfigError that names the invalid settings. */
export function loadConfig(
  environment: NodeJS.ProcessEnv,
  file: LimitsFile = readLimitsFile(environment),
): ResponsesConfig {
  const read = readEnv(env, environment);
  const limits = readLimits(limitSections, file, environment['LIMITS_FILE']);
  const service = serviceConfig(read, limits);
  const runtime = runtimeConfig(read, limits);
  const { shutdownGraceMs } = service;
  const stallTimeoutMs = limits.streams.stall_timeout;
  return Object.freeze({
    service,
    tokens: tokenConfig(read, limits),
    database: databaseConfig(read, limits),
    runtime,
    egress: egressConfig(read, limits),
    runTimes: { foregroundTimeoutMs: runtime.foregroundTimeoutMs, shutdownGraceMs },
    replyTimes: { heartbeatMs: read.SSE_HEARTBEAT, stallTimeoutMs },
    waitMaxMs: limits.streams.wait_max,
    timelineIntervalMs: limits.streams.timeline_interval,
    unsupportedTools: read.UNSUPPORTED_TOOLS,
    inputFiles: { bytesMax: limits.input.file_bytes_max, timeoutMs: limits.input.file_timeout },
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
    webhookSecretOverlapMs: limits.webhooks.secret_overlap,
    approvals: {
      pollMs: limits.approvals.poll_interval,
      watchedMax: limits.approvals.watched_max,
      streamLifetimeMs: limits.approvals.stream_lifetime,
      decideWaitMs: limits.approvals.decide_wait,
    },
    socket: {
      lifetimeMs: limits.websockets.lifetime,
      heartbeatMs: limits.websockets.heartbeat,
      connectionsMax: limits.websockets.connections_max,
      turnsWaitingMax: limits.websockets.turns_waiting_max,
      historyBytesMax: limits.websockets.history_bytes_max,
      stallTimeoutMs,
      shutdownGraceMs,
      messageLimits: service.bodyLimits,
    },
  });
}
