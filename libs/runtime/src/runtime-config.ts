import {
  duration,
  encryptionEnv,
  integer,
  optionalText,
  type OutboxConfig,
  outboxConfig,
  outboxEnv,
} from '@antiphon/service-kit';
import type { RunLimits } from '@antiphon/engine';
import { z } from 'zod';
import type { RunEventsLimits } from './event-log/run-events.ts';
import type { RunLogLimits } from './event-log/run-log.ts';
import type { ToolHostLimits } from './remote/rpc-tool-host.ts';
import type { AnswerLimits } from './responses/answer.store.ts';
import { contextBytesMax, pageBytesMax } from './database/read-limits.ts';
import type { StoreLimits } from './database/store-limits.ts';

/** The variables that decide how responses run, wherever they run. */
export const runtimeEnv = {
  ...encryptionEnv,
  ...outboxEnv,
  RESPONSE_MAX_TOOL_DEPTH: integer(8, { min: 1, max: 100 }),
  RESPONSE_MAX_TOOL_CALLS: integer(64, { min: 1 }),
  RESPONSE_PARALLEL_TOOLS: integer(8, { min: 1 }),
  RESPONSE_CONTEXT_TOKENS: integer(128_000, { min: 1_000 }),
  RESPONSE_TURN_ATTEMPTS_MAX: integer(3, { min: 1, max: 10 }),
  RESPONSE_MODEL_WAIT: duration('10s'),
  RESPONSE_HISTORY_MAX: integer(200, { min: 1 }),
  RESPONSE_HISTORY_ITEMS: integer(2_000, { min: 1 }),
  RESPONSE_TIMEOUT: duration('600s'),
  RESPONSE_PAUSE_MAX: duration('720h'),
  RESPONSES_TOOL_TIMEOUT: duration('300s'),
  RESPONSES_TOOL_HEAD_START: duration('2s'),
  TOOL_EXECUTION_TIMEOUT: duration('45s'),
  TOOL_LIST_TIMEOUT: duration('10s'),
  TOOL_LIST_CACHE: duration('5s'),
  BACKGROUND_TASK_TIMEOUT: duration('600s'),
  BACKGROUND_ATTEMPTS_MAX: integer(5, { min: 1 }),
  BACKGROUND_RETRY_WAIT: duration('5s'),
  LEASE_DURATION: duration('30s'),
  LEASE_HEARTBEAT: duration('5s'),
  RESPONSE_EVENTS_FLUSH_INTERVAL: duration('50ms'),
  RESPONSE_EVENTS_FLUSH_BYTES: integer(4_096, { min: 1 }),
  RESPONSE_EVENTS_BUFFER_BYTES: integer(1_048_576, { min: 1 }),
  RESPONSE_EVENTS_POLL_INTERVAL: duration('1s'),
  RESPONSE_EVENTS_READ_MAX: integer(32, { min: 1, max: 1_000 }),
  RESPONSE_EVENTS_READ_BYTES: integer(262_144, { min: 1 }),
  IDEMPOTENCY_RETENTION: duration('24h'),
  ANSWER_CACHE_RETENTION: duration('30m'),
  ANSWER_CACHE_MAX: integer(200, { min: 1 }),
  WEBHOOK_SECRET: optionalText(),
  WEBHOOK_ENDPOINTS_MAX: integer(20, { min: 1 }),
};

/** The longest wait before a turn or a tool call is tried again the first time. */
const retryWaitMs = 1_000;

export interface RuntimeConfig {
  run: RunLimits;
  /** How long a foreground run may take. */
  foregroundTimeoutMs: number;
  store: StoreLimits;
  toolHost: ToolHostLimits;
  /** How long a turn waits for an llm service that is away before it fails as `unavailable`. */
  modelWaitMs: number;
  log: RunLogLimits;
  events: RunEventsLimits;
  answers: AnswerLimits;
  heartbeatMs: number;
  outbox: OutboxConfig;
  secrets: { encryptionKey: string; webhookSecret: string | null };
  /** How many webhook endpoints one user may register. */
  webhookEndpointsMax: number;
}

export function runtimeConfig(env: z.output<z.ZodObject<typeof runtimeEnv>>): RuntimeConfig {
  return {
    run: {
      depthMax: env.RESPONSE_MAX_TOOL_DEPTH,
      toolCallsMax: env.RESPONSE_MAX_TOOL_CALLS,
      toolTimeoutMs: env.TOOL_EXECUTION_TIMEOUT,
      parallelToolsMax: env.RESPONSE_PARALLEL_TOOLS,
      contextTokensMax: env.RESPONSE_CONTEXT_TOKENS,
      turnAttemptsMax: env.RESPONSE_TURN_ATTEMPTS_MAX,
      retryWaitMs,
    },
    foregroundTimeoutMs: env.RESPONSE_TIMEOUT,
    store: {
      leaseMs: env.LEASE_DURATION,
      backgroundTimeoutMs: env.BACKGROUND_TASK_TIMEOUT,
      attemptsMax: env.BACKGROUND_ATTEMPTS_MAX,
      retryWaitMs: env.BACKGROUND_RETRY_WAIT,
      historyMax: env.RESPONSE_HISTORY_MAX,
      historyItemsMax: env.RESPONSE_HISTORY_ITEMS,
      contextBytesMax,
      pageBytesMax,
      pauseMs: { hand_back: null, wait: env.RESPONSE_PAUSE_MAX, hold: env.RESPONSES_TOOL_TIMEOUT },
      headStartMs: env.RESPONSES_TOOL_HEAD_START,
      keyRetentionMs: env.IDEMPOTENCY_RETENTION,
    },
    modelWaitMs: env.RESPONSE_MODEL_WAIT,
    toolHost: { listTimeoutMs: env.TOOL_LIST_TIMEOUT, listCacheMs: env.TOOL_LIST_CACHE },
    log: {
      flushMs: env.RESPONSE_EVENTS_FLUSH_INTERVAL,
      flushBytes: env.RESPONSE_EVENTS_FLUSH_BYTES,
      bufferBytes: env.RESPONSE_EVENTS_BUFFER_BYTES,
    },
    events: {
      pollMs: env.RESPONSE_EVENTS_POLL_INTERVAL,
      page: { burstsMax: env.RESPONSE_EVENTS_READ_MAX, bytesMax: env.RESPONSE_EVENTS_READ_BYTES },
    },
    answers: { keepMs: env.ANSWER_CACHE_RETENTION, perUserMax: env.ANSWER_CACHE_MAX },
    heartbeatMs: env.LEASE_HEARTBEAT,
    outbox: outboxConfig(env),
    secrets: { encryptionKey: env.ENCRYPTION_KEY, webhookSecret: env.WEBHOOK_SECRET },
    webhookEndpointsMax: env.WEBHOOK_ENDPOINTS_MAX,
  };
}
