import { bytesLimit, countLimit, durationLimit } from './limit.ts';

/** The limits of every service. */
export const serviceLimits = {
  http: {
    body_depth_max: countLimit(
      100,
      { min: 4, max: 1000 },
      'Objects and arrays within each other in the JSON of a request.',
    ),
    unidentified_bytes_per_minute: bytesLimit(
      '32MiB',
      { min: 1024 },
      'Bytes of bodies that one address may send in a minute without a valid token or key, to each process.',
    ),
  },
  bus: {
    heartbeat: durationLimit(
      '5s',
      'How often a service reports that it works on a call or a stream of another service.',
    ),
    silence_max: durationLimit('15s', 'The silence after which a called service counts as gone.'),
  },
};

/** The limits of every process that verifies tokens. */
export const signingKeysLimits = {
  signing_keys: {
    max_age: durationLimit('5m', 'How long fetched signing keys are used.'),
    cooldown: durationLimit('5s', 'The least time between two fetches for tokens whose key is unknown.'),
    timeout: durationLimit('2s', 'How long a fetch of the signing keys may take.'),
    wait: durationLimit(
      '10s',
      'How long a request waits for an auth service that restarts, before it is answered 503.',
    ),
  },
};

/** The limits of every service with a database. */
export const databaseLimits = {
  database: {
    connect_timeout: durationLimit('5s', 'How long a connection to PostgreSQL may take.'),
    statement_timeout: durationLimit('10s', 'How long one statement may take.'),
  },
};
