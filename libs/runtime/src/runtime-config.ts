import {
  duration,
  encryptionEnv,
  eventsLimits,
  integer,
  type LimitsOf,
  optionalText,
  type OutboxConfig,
  outboxConfig,
} from '@antiphon/service-kit';
import type { RunLimits } from '@antiphon/engine';
import { z } from 'zod';
import type { RunEventsLimits } from './event-log/run-events.ts';
import type { RunLogLimits } from './event-log/run-log.ts';
import type { ToolHostLimits } from './remote/rpc-tool-host.ts';
import type { AnswerLimits } from './answer-cache/answer.store.ts';
import { contextBytesMax, pageBytesMax } from './database/read-limits.ts';
import type { StoreLimits } from './database/store-limits.ts';
import { responseLimits } from './runtime-limits.ts';

/** The environment variables of the runtime, the same for every service that runs responses. */
export const runtimeEnv = {
  ...encryptionEnv,
  RESPONSE_MAX_TOOL_DEPTH: integer(8, { min: 1, max: 100 }),
  RESPONSE_CONTEXT_TOKENS: integer(128_000, { min: 1_000 }),
  RESPONSE_TIMEOUT: duration('600s'),
  RESPONSES_TOOL_TIMEOUT: duration('300s'),
  TOOL_EXECUTION_TIMEOUT: duration('45s'),
  BACKGROUND_TASK_TIMEOUT: duration('600s'),
  WEBHOOK_SECRET: optionalText(),
};

/** The limits of every service that runs responses. */
export const runtimeLimits = { ...eventsLimits, ...responseLimits };

/** The longest wait before the second attempt at a turn or a tool call. */
const retryWaitMs = 1_000;
/** Bytes of events that are written at once, without waiting for more. */
const flushBytes = 4_096;
/** The bursts and the bytes that a reader of the event log reads at a time. */
const eventsPage = { burstsMax: 32, bytesMax: 262_144 };

export interface RuntimeConfig {
  run: RunLimits;
  /** How long a foreground run may take. */
  foregroundTimeoutMs: number;
  store: StoreLimits;
  toolHost: ToolHostLimits;
  /** How long a turn waits for an llm service that does not answer before it fails as `unavailable`. */
  modelWaitMs: number;
  log: RunLogLimits;
  events: RunEventsLimits;
  answers: AnswerLimits;
  heartbeatMs: number;
  outbox: OutboxConfig;
  secrets: { encryptionKey: string; webhookSecret: string | null };
  /** Webhook endpoints that one user may register. */
  webhookEndpointsMax: number;
}

export function runtimeConfig(
  env: z.output<z.ZodObject<typeof runtimeEnv>>,
  limits: LimitsOf<typeof runtimeLimits>,
): RuntimeConfig {
  return {
    run: {
      depthMax: env.RESPONSE_MAX_TOOL_DEPTH,
      toolCallsMax: limits.runs.tool_calls_max,
      toolTimeoutMs: env.TOOL_EXECUTION_TIMEOUT,
      parallelToolsMax: limits.runs.parallel_tools_max,
      contextTokensMax: env.RESPONSE_CONTEXT_TOKENS,
      turnAttemptsMax: limits.runs.turn_attempts_max,
      retryWaitMs,
    },
    foregroundTimeoutMs: env.RESPONSE_TIMEOUT,
    store: {
      leaseMs: limits.runs.lease_duration,
      backgroundTimeoutMs: env.BACKGROUND_TASK_TIMEOUT,
      attemptsMax: limits.runs.background_attempts_max,
      retryWaitMs: limits.runs.background_retry_wait,
      historyMax: limits.runs.history_responses_max,
      historyItemsMax: limits.runs.history_items_max,
      contextBytesMax,
      pageBytesMax,
      pauseMs: {
        hand_back: null,
        wait: limits.runs.pause_max,
        stay: limits.runs.pause_max,
        hold: env.RESPONSES_TOOL_TIMEOUT,
      },
      headStartMs: limits.runs.tool_head_start,
      keyRetentionMs: limits.runs.idempotency_retention,
    },
    modelWaitMs: limits.runs.model_wait,
    toolHost: { listTimeoutMs: limits.runs.tool_list_timeout, listCacheMs: limits.runs.tool_list_cache },
    log: {
      flushMs: limits.event_log.flush_interval,
      flushBytes,
      bufferBytes: limits.event_log.buffer_bytes,
    },
    events: {
      pollMs: limits.event_log.poll_interval,
      page: eventsPage,
    },
    answers: { keepMs: limits.answer_cache.retention, perUserMax: limits.answer_cache.answers_max },
    heartbeatMs: limits.runs.lease_heartbeat,
    outbox: outboxConfig(limits),
    secrets: { encryptionKey: env.ENCRYPTION_KEY, webhookSecret: env.WEBHOOK_SECRET },
    webhookEndpointsMax: limits.webhooks.endpoints_max,
  };
}
