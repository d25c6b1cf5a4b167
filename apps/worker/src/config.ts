import {
  type DeliveryLimits,
  type RuntimeConfig,
  runtimeConfig,
  runtimeEnv,
  runtimeLimits,
} from '@antiphon/runtime';
import {
  type DatabaseConfig,
  databaseConfig,
  databaseEnv,
  databaseLimits,
  duration,
  durationList,
  type EgressConfig,
  egressConfig,
  egressEnv,
  egressLimits,
  integer,
  type LimitsFile,
  readEnv,
  readLimits,
  readLimitsFile,
  type ServiceConfig,
  serviceConfig,
  serviceEnv,
  serviceLimits,
} from '@antiphon/service-kit';
import { workerLimits } from './limits.ts';
import type { RetryConfig } from './webhooks/webhook-retry.ts';

const env = {
  ...serviceEnv(8083),
  ...databaseEnv,
  ...runtimeEnv,
  ...egressEnv,
  BACKGROUND_WORKER_COUNT: integer(4, { min: 1, max: 1_000 }),
  BACKGROUND_RUNS_PER_WORKER: integer(64, { min: 1, max: 1_000 }),
  BACKGROUND_POLL_INTERVAL: duration('2s'),
  RESPONSE_RETENTION: duration('30d'),
  RESPONSE_EVENTS_RETENTION: duration('24h'),
  WEBHOOK_MAX_RETRIES: integer(3, { min: 0, max: 20 }),
  WEBHOOK_TIMEOUT: duration('10s'),
  WEBHOOK_RETRY_SCHEDULE: durationList(['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h']),
};

/** The sections of the limits file that this service reads. */
export const limitSections = {
  ...serviceLimits,
  ...databaseLimits,
  ...runtimeLimits,
  ...egressLimits,
  ...workerLimits,
};

/** Nest's tokens for the slices of the config. */
export const BACKGROUND_CONFIG = Symbol('background config');
export const DELIVERY_CONFIG = Symbol('delivery config');
export const SWEEP_CONFIG = Symbol('sweep config');

export interface BackgroundConfig {
  /** How many responses this process runs at once: those of all its workers. */
  slots: number;
  /** The most bytes that they have together with their histories. */
  bytesMax: number;
  /** How many of them one statement claims. */
  claimMax: number;
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

/** The service's config from the environment and the limits file. Throws ConfigError that names the invalid settings. */
export function loadConfig(
  environment: NodeJS.ProcessEnv,
  file: LimitsFile = readLimitsFile(environment),
): WorkerConfig {
  const read = readEnv(env, environment);
  const limits = readLimits(limitSections, file, environment['LIMITS_FILE']);
  const service = serviceConfig(read, limits);
  const { shutdownGraceMs } = service;
  return Object.freeze({
    service,
    database: databaseConfig(read, limits),
    runtime: runtimeConfig(read, limits),
    egress: egressConfig(read, limits),
    background: {
      slots: read.BACKGROUND_WORKER_COUNT * read.BACKGROUND_RUNS_PER_WORKER,
      bytesMax: limits.background.bytes_max,
      claimMax: limits.background.claim_max,
      pollMs: read.BACKGROUND_POLL_INTERVAL,
      shutdownGraceMs,
    },
    sweep: {
      intervalMs: limits.sweeper.interval,
      responsesMs: read.RESPONSE_RETENTION,
      eventsMs: read.RESPONSE_EVENTS_RETENTION,
      removedMax: limits.sweeper.rows_max,
    },
    webhooks: {
      retry: {
        retriesMax: read.WEBHOOK_MAX_RETRIES,
        scheduleMs: read.WEBHOOK_RETRY_SCHEDULE,
        retryAfterMaxMs: limits.webhooks.retry_after_max,
      },
      timeoutMs: read.WEBHOOK_TIMEOUT,
      concurrency: limits.webhooks.concurrency_max,
      limits: {
        perHostMax: limits.webhooks.host_concurrency_max,
        attemptsKept: limits.webhooks.attempts_kept,
        hostFailuresMax: limits.webhooks.host_failures_max,
        hostRestMs: limits.webhooks.host_rest,
        hostRestMaxMs: limits.webhooks.host_rest_max,
        disableAfterMs: limits.webhooks.disable_after,
      },
      pollMs: read.BACKGROUND_POLL_INTERVAL,
      shutdownGraceMs,
    },
  });
}
