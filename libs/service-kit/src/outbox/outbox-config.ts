import type { z } from 'zod';
import { duration, integer } from '../config/env.ts';

/** The variables of every service that publishes events. */
export const outboxEnv = {
  OUTBOX_POLL_INTERVAL: duration('2s'),
  OUTBOX_PAUSE: duration('25ms'),
  OUTBOX_BATCH: integer(50, { min: 1, max: 1_000 }),
  OUTBOX_BACKOFF_MAX: duration('5s'),
  EVENTS_ACK_TIMEOUT: duration('5s'),
  EVENTS_AGE_MAX: duration('7d'),
  EVENTS_BYTES_MAX: integer(1024 ** 3, { min: 1024 ** 2 }),
  EVENTS_DUPLICATE_WINDOW: duration('2m'),
};

export interface OutboxConfig {
  /** How long events wait at most whose hint was lost. */
  pollMs: number;
  /** The least time between two rounds: what gathers meanwhile goes together. */
  pauseMs: number;
  /** Rows that are published together. */
  rowsMax: number;
  /** The longest wait after a round that failed. */
  backoffMaxMs: number;
  stream: EventStreamConfig;
}

/** The stream that keeps the events, and how long it may take to say that it does. */
export interface EventStreamConfig {
  ackTimeoutMs: number;
  ageMaxMs: number;
  /** The oldest go when there is more. */
  bytesMax: number;
  /** For how long an event that is published again is recognised. */
  duplicateWindowMs: number;
}

export function outboxConfig(env: z.output<z.ZodObject<typeof outboxEnv>>): OutboxConfig {
  return {
    pollMs: env.OUTBOX_POLL_INTERVAL,
    pauseMs: env.OUTBOX_PAUSE,
    rowsMax: env.OUTBOX_BATCH,
    backoffMaxMs: env.OUTBOX_BACKOFF_MAX,
    stream: {
      ackTimeoutMs: env.EVENTS_ACK_TIMEOUT,
      ageMaxMs: env.EVENTS_AGE_MAX,
      bytesMax: env.EVENTS_BYTES_MAX,
      duplicateWindowMs: env.EVENTS_DUPLICATE_WINDOW,
    },
  };
}
