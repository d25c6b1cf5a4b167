import { type DeliveryLimits, type RuntimeConfig, runtimeConfig, runtimeEnv } from '@antiphon/runtime';
import {
  type DatabaseConfig,
  databaseConfig,
  databaseEnv,
  duration,
  durationList,
  type EgressConfig,
  egressConfig,
  egressEnv,
  integer,
  readEnv,
  type ServiceConfig,
  serviceConfig,
  serviceEnv,
} from '@antiphon/service-kit';
import type { RetryConfig } from './webhooks/webhook-retry.ts';

const env = {
  ...serviceEnv(8083),
  ...databaseEnv,
  ...runtimeEnv,
  ...egressEnv,
  BACKGROUND_WORKER_COUNT: integer(4, { min: 1, max: 1_000 }),
  BACKGROUND_POLL_INTERVAL: duration('2s'),
  SWEEP_INTERVAL: duration('5s'),
  SWEEP_REMOVE_MAX: integer(5_000, { min: 1 }),
  RESPONSE_RETENTION: duration('30d'),
  RESPONSE_EVENTS_RETENTION: duration('24h'),
  WEBHOOK_MAX_RETRIES: integer(3, { min: 0, max: 20 }),
  WEBHOOK_TIMEOUT: duration('10s'),
  WEBHOOK_RETRY_SCHEDULE: durationList(['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h']),
  WEBHOOK_RETRY_AFTER_MAX: duration('1h'),
  WEBHOOK_CONCURRENCY: integer(32, { min: 1, max: 1_000 }),
  WEBHOOK_HOST_CONCURRENCY: integer(2, { min: 1, max: 1_000 }),
  WEBHOOK_HOST_FAILURES_MAX: integer(5, { min: 1, max: 1_000 }),
  WEBHOOK_HOST_REST: duration('30s'),
  WEBHOOK_HOST_REST_MAX: duration('10m'),
  WEBHOOK_DISABLE_AFTER: duration('5d'),
};

/** Nest's tokens for the slices of the config. */
export const BACKGROUND_CONFIG = Symbol('background config');
export const DELIVERY_CONFIG = Symbol('delivery config');
export const SWEEP_CONFIG = Symbol('sweep config');

export interface BackgroundConfig {
  /** How many responses this process runs at once. */
  slots: number;
  /** The longest time between two claims while slots are free: the price of a signal that was lost. */
  pollMs: number;
  /** How long runs may wait for their tools when the process stops. */
  shutdownGraceMs: number;
}

export interface DeliveryConfig {
  retry: RetryConfig;
  timeoutMs: number;
  /** How many deliveries this process sends at once. */
  concurrency: number;
  limits: DeliveryLimits;
  pollMs: number;
  /** How long attempts may take to end when the process stops. */
  shutdownGraceMs: number;
}

export interface SweepConfig {
  intervalMs: number;
  /** How long responses are kept from their creation; 0: without limit. */
  responsesMs: number;
  /** How long the events of a background stream are kept after its end. */
  eventsMs: number;
  /** How many rows of each kind one sweep removes. */
  removedMax: number;
}

export interface WorkerConfig {
  service: ServiceConfig;
  database: DatabaseConfig;
  runtime: RuntimeConfig;
  egress: EgressConfig;
  background: BackgroundConfig;
  webhooks: DeliveryConfig;
  sweep: SweepConfig;
}

export function loadConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  const read = readEnv(env, environment);
  const service = serviceConfig(read);
  const { shutdownGraceMs } = service;
  return Object.freeze({
    service,
    database: databaseConfig(read),
    runtime: runtimeConfig(read),
    egress: egressConfig(read),
    background: {
      slots: read.BACKGROUND_WORKER_COUNT,
      pollMs: read.BACKGROUND_POLL_INTERVAL,
      shutdownGraceMs,
    },
    sweep: {
      intervalMs: read.SWEEP_INTERVAL,
      responsesMs: read.RESPONSE_RETENTION,
      eventsMs: read.RESPONSE_EVENTS_RETENTION,
      removedMax: read.SWEEP_REMOVE_MAX,
    },
    webhooks: {
      retry: {
        retriesMax: read.WEBHOOK_MAX_RETRIES,
        scheduleMs: read.WEBHOOK_RETRY_SCHEDULE,
        retryAfterMaxMs: read.WEBHOOK_RETRY_AFTER_MAX,
      },
      timeoutMs: read.WEBHOOK_TIMEOUT,
      concurrency: read.WEBHOOK_CONCURRENCY,
      limits: {
        perHostMax: read.WEBHOOK_HOST_CONCURRENCY,
        hostFailuresMax: read.WEBHOOK_HOST_FAILURES_MAX,
        hostRestMs: read.WEBHOOK_HOST_REST,
        hostRestMaxMs: read.WEBHOOK_HOST_REST_MAX,
        disableAfterMs: read.WEBHOOK_DISABLE_AFTER,
      },
      pollMs: read.BACKGROUND_POLL_INTERVAL,
      shutdownGraceMs,
    },
  });
}
