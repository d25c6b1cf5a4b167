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

/** Nest's token for the app's config. */
export const WORKER_CONFIG = Symbol('worker config');

export interface WorkerConfig {
  service: ServiceConfig;
  database: DatabaseConfig;
  runtime: RuntimeConfig;
  egress: EgressConfig;
  background: {
    /** Responses that run in this process at the same time. */
    slots: number;
    /** The longest wait of a response whose signal was lost. */
    pollMs: number;
    sweepMs: number;
  };
  retention: {
    /** How long responses are kept after their creation; 0 is for ever. */
    responsesMs: number;
    /** How long the events of a background stream are kept after its end. */
    eventsMs: number;
    /** Rows of each kind that are removed in one sweep. */
    removedMax: number;
  };
  webhooks: {
    retry: RetryConfig;
    timeoutMs: number;
    /** Deliveries at the same time from this process. */
    concurrency: number;
    limits: DeliveryLimits;
    pollMs: number;
  };
}

/** The service's config from the environment and the limits file. Throws ConfigError that names what is wrong. */
export function loadConfig(
  environment: NodeJS.ProcessEnv,
  file: LimitsFile = readLimitsFile(environment),
): WorkerConfig {
  const read = readEnv(env, environment);
  const limits = readLimits(limitSections, file);
  return Object.freeze({
    service: serviceConfig(read, limits),
    database: databaseConfig(read, limits),
    runtime: runtimeConfig(read, limits),
    egress: egressConfig(read, limits),
    background: {
      slots: read.BACKGROUND_WORKER_COUNT,
      pollMs: read.BACKGROUND_POLL_INTERVAL,
      sweepMs: limits.sweeper.interval,
    },
    retention: {
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
        hostFailuresMax: limits.webhooks.host_failures_max,
        hostRestMs: limits.webhooks.host_rest,
        hostRestMaxMs: limits.webhooks.host_rest_max,
        disableAfterMs: limits.webhooks.disable_after,
      },
      pollMs: read.BACKGROUND_POLL_INTERVAL,
    },
  });
}
