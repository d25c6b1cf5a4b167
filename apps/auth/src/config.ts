import {
  ConfigError,
  databaseConfig,
  type DatabaseConfig,
  databaseEnv,
  duration,
  encryptionEnv,
  integer,
  type LimitConfig,
  limitConfig,
  limitEnv,
  type OutboxConfig,
  outboxConfig,
  outboxEnv,
  readEnv,
  serviceConfig,
  type ServiceConfig,
  serviceEnv,
  tokenEnv,
} from '@antiphon/service-kit';

const shape = {
  ...serviceEnv(8081),
  ...databaseEnv,
  AUTH_ISSUER: tokenEnv.AUTH_ISSUER,
  AUTH_AUDIENCE: tokenEnv.AUTH_AUDIENCE,
  ...encryptionEnv,
  ...outboxEnv,
  ...limitEnv,
  ACCESS_TOKEN_TTL: duration('15m'),
  REFRESH_TOKEN_TTL: duration('30d'),
  REFRESH_REUSE_GRACE: duration('10s'),
  SIGNING_KEY_ROTATION: duration('30d'),
  SIGNING_KEY_LEAD: duration('1d'),
  SIGNING_KEY_RELOAD: duration('1m'),
  JWKS_MAX_AGE: duration('5m'),
  GUEST_TTL: duration('30d'),
  REAP_INTERVAL: duration('10m'),
  REAP_BATCH: integer(500, { min: 1, max: 10_000 }),
  API_KEYS_MAX: integer(20, { min: 1, max: 10_000 }),
};

export interface AccessTokenConfig {
  issuer: string;
  audience: string;
  ttlMs: number;
}

export interface SigningKeyConfig {
  /** How long one key signs. */
  rotationMs: number;
  /** How long before its first use a key is published. */
  leadMs: number;
  /** How often an instance reads the keys that other instances made. */
  reloadMs: number;
  /** How long a reader may keep the published keys. */
  jwksMaxAgeMs: number;
}

export interface SessionConfig {
  refreshTtlMs: number;
  reuseGraceMs: number;
}

export interface ReaperConfig {
  intervalMs: number;
  batch: number;
  guestTtlMs: number;
}

/** Nest's token for the service's config. */
export const AUTH_CONFIG = Symbol('auth config');
/** Nest's token for the clock: milliseconds since the epoch. */
export const NOW = Symbol('now');

export interface AuthConfig {
  service: ServiceConfig;
  database: DatabaseConfig;
  accessTokens: AccessTokenConfig;
  sessions: SessionConfig;
  signingKeys: SigningKeyConfig;
  reaper: ReaperConfig;
  apiKeysMax: number;
  /** The limits of each caller. This service uses the requests a minute. */
  limits: LimitConfig;
  outbox: OutboxConfig;
  secrets: { encryptionKey: string };
}

export function loadConfig(env: NodeJS.ProcessEnv): AuthConfig {
  const read = readEnv(shape, env);
  if (read.SIGNING_KEY_LEAD < read.JWKS_MAX_AGE + read.SIGNING_KEY_RELOAD) {
    throw new ConfigError('SIGNING_KEY_LEAD: must be at least JWKS_MAX_AGE + SIGNING_KEY_RELOAD');
  }
  if (read.SIGNING_KEY_ROTATION <= read.SIGNING_KEY_LEAD) {
    throw new ConfigError('SIGNING_KEY_ROTATION: must be longer than SIGNING_KEY_LEAD');
  }
  if (read.GUEST_TTL < read.REFRESH_TOKEN_TTL) {
    throw new ConfigError(
      'GUEST_TTL: must be at least REFRESH_TOKEN_TTL, so that no guest is removed who can still refresh',
    );
  }
  return Object.freeze({
    service: serviceConfig(read),
    database: databaseConfig(read),
    accessTokens: { issuer: read.AUTH_ISSUER, audience: read.AUTH_AUDIENCE, ttlMs: read.ACCESS_TOKEN_TTL },
    sessions: { refreshTtlMs: read.REFRESH_TOKEN_TTL, reuseGraceMs: read.REFRESH_REUSE_GRACE },
    signingKeys: {
      rotationMs: read.SIGNING_KEY_ROTATION,
      leadMs: read.SIGNING_KEY_LEAD,
      reloadMs: read.SIGNING_KEY_RELOAD,
      jwksMaxAgeMs: read.JWKS_MAX_AGE,
    },
    reaper: { intervalMs: read.REAP_INTERVAL, batch: read.REAP_BATCH, guestTtlMs: read.GUEST_TTL },
    apiKeysMax: read.API_KEYS_MAX,
    limits: limitConfig(read),
    outbox: outboxConfig(read),
    secrets: { encryptionKey: read.ENCRYPTION_KEY },
  });
}
