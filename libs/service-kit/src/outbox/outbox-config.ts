import { bytesLimit, durationLimit } from '../config/limit.ts';
import type { LimitsOf } from '../config/limits-file.ts';

/** The limits of every service that publishes events. */
export const eventsLimits = {
  events: {
    poll_interval: durationLimit('2s', 'How often the outbox is read without a signal that it has rows.'),
    age_max: durationLimit(
      '7d',
      'How long the stream EVENTS keeps an event. All services need the same value.',
    ),
    bytes_max: bytesLimit(
      '1GiB',
      { min: 1_048_576 },
      'The size of the stream EVENTS; the oldest events go. All services need the same value.',
    ),
    duplicate_window: durationLimit(
      '2m',
      'How long the stream EVENTS recognises an event that is published again. All services need the same value.',
    ),
  },
};

/** The least time between two rounds of publishing. */
const pauseMs = 25;
/** Rows that are published together. */
const rowsMax = 50;
/** The longest wait after a failed round. */
const backoffMaxMs = 5_000;
/** How long the stream may take to confirm an event. */
const ackTimeoutMs = 5_000;

export interface OutboxConfig {
  /** The longest wait of events whose signal was lost. */
  pollMs: number;
  /** The least time between two rounds; the events of that time go together. */
  pauseMs: number;
  /** Rows that are published together. */
  rowsMax: number;
  /** The longest wait after a failed round. */
  backoffMaxMs: number;
  stream: EventStreamConfig;
}

/** The JetStream stream that keeps the events. */
export interface EventStreamConfig {
  /** How long it may take to confirm an event. */
  ackTimeoutMs: number;
  ageMaxMs: number;
  /** The oldest events are removed when the stream exceeds this size. */
  bytesMax: number;
  /** How long an event that is published again is recognised. */
  duplicateWindowMs: number;
}

export function outboxConfig(limits: LimitsOf<typeof eventsLimits>): OutboxConfig {
  return {
    pollMs: limits.events.poll_interval,
    pauseMs,
    rowsMax,
    backoffMaxMs,
    stream: {
      ackTimeoutMs,
      ageMaxMs: limits.events.age_max,
      bytesMax: limits.events.bytes_max,
      duplicateWindowMs: limits.events.duplicate_window,
    },
  };
}
