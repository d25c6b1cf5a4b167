import { type RuntimeConfig, runtimeConfig, runtimeEnv } from '@antiphon/runtime';
import {
  type DatabaseConfig,
  databaseConfig,
  databaseEnv,
  duration,
  type EgressConfig,
  egressConfig,
  egressEnv,
  integer,
  readEnv,
  type ServiceConfig,
  serviceConfig,
  serviceEnv,
} from '@antiphon/service-kit';

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
  WEBHOOK_RETRY_BASE: duration('5s'),
  WEBHOOK_RETRY_MAX: duration('10m'),
  WEBHOOK_CONCURRENCY: integer(8, { min: 1, max: 1_000 }),
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
    /** Attempts after the first. */
    retriesMax: number;
    timeoutMs: number;
    /** The wait before the first retry; each further one waits twice as long, up to `retryMaxMs`. */
    retryBaseMs: number;
    retryMaxMs: number;
    /** How many are sent at once. */
    concurrency: number;
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
      retriesMax: read.WEBHOOK_MAX_RETRIES,
      timeoutMs: read.WEBHOOK_TIMEOUT,
      retryBaseMs: read.WEBHOOK_RETRY_BASE,
      retryMaxMs: read.WEBHOOK_RETRY_MAX,
      concurrency: read.WEBHOOK_CONCURRENCY,
      pollMs: read.BACKGROUND_POLL_INTERVAL,
    },
  });
}
