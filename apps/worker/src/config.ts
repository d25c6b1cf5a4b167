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

/** Nest's token for the app's config. */
export const WORKER_CONFIG = Symbol('worker config');

export interface WorkerConfig {
  service: ServiceConfig;
  database: DatabaseConfig;
  runtime: RuntimeConfig;
  egress: EgressConfig;
  background: {
    /** How many responses run here at once. */
    slots: number;
    /** How long a bell that was not heard costs at most. */
    pollMs: number;
    sweepMs: number;
  };
  retention: {
    /** How long responses are kept from when they were made; 0 is for ever. */
    responsesMs: number;
    /** How long the events of a background stream are kept after its end. */
    eventsMs: number;
    /** How many of each are removed in one sweep. */
    removedMax: number;
  };
  webhooks: {
    retry: RetryConfig;
    timeoutMs: number;
    /** How many are sent at once from here. */
    concurrency: number;
    limits: DeliveryLimits;
    pollMs: number;
  };
}

export function loadConfig(environment: NodeJS.ProcessEnv): WorkerConfig {
  const read = readEnv(env, environment);
  return Object.freeze({
    service: serviceConfig(read),
    database: databaseConfig(read),
    runtime: runtimeConfig(read),
    egress: egressConfig(read),
    background: {
      slots: read.BACKGROUND_WORKER_COUNT,
      pollMs: read.BACKGROUND_POLL_INTERVAL,
      sweepMs: read.SWEEP_INTERVAL,
    },
    retention: {
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
    },
  });
}
