import {
  ConfigError,
  databaseConfig,
  type DatabaseConfig,
  databaseEnv,
  databaseLimits,
  duration,
  encryptionEnv,
  eventsLimits,
  type LimitConfig,
  limitConfig,
  limitEnv,
  type LimitsFile,
  type OutboxConfig,
  outboxConfig,
  readEnv,
  readLimits,
  readLimitsFile,
  serviceConfig,
  type ServiceConfig,
  serviceEnv,
  serviceLimits,
  tokenEnv,
} from '@antiphon/service-kit';
import { authLimits } from './limits.ts';

const shape = {
  ...serviceEnv(8081),
  ...databaseEnv,
  AUTH_ISSUER: tokenEnv.AUTH_ISSUER,
  AUTH_AUDIENCE: tokenEnv.AUTH_AUDIENCE,
  ...encryptionEnv,
  ...limitEnv,
  ACCESS_TOKEN_TTL: duration('15m'),
  REFRESH_TOKEN_TTL: duration('30d'),
  GUEST_TTL: duration('30d'),
};

/** How much longer counted runs are remembered than the stream keeps their events. */
const recordsMarginMs = 86_400_000;

/** The sections of the limits file that this service reads. */
export const limitSections = { ...serviceLimits, ...databaseLimits, ...eventsLimits, ...authLimits };

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
  /** How often an instance looks for keys that another instance made. */
  reloadMs: number;
  /** How long a reader may keep the published keys. */
  jwksMaxAgeMs: number;
}

export interface SessionConfig {
  refreshTtlMs: number;
  reuseGraceMs: number;
  /** How long a login of the console lasts. */
  consoleTtlMs: number;
}

export interface UsageConfig {
  /** How long the count of a run waits for others. */
  gatherMs: number;
  /** How long the rollups are kept. */
  keptMs: number;
  /** How long counted runs are remembered: longer than an event can be delivered again. */
  recordsKeptMs: number;
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
  usage: UsageConfig;
  apiKeysMax: number;
  /** The limits of each caller; this service applies the requests a minute. */
  limits: LimitConfig;
  outbox: OutboxConfig;
  secrets: { encryptionKey: string };
}

/** The service's config from the environment and the limits file. Throws ConfigError that names the invalid settings. */
export function loadConfig(env: NodeJS.ProcessEnv, file: LimitsFile = readLimitsFile(env)): AuthConfig {
  const read = readEnv(shape, env);
  const limits = readLimits(limitSections, file, env['LIMITS_FILE']);
  const { accounts } = limits;
  if (accounts.signing_key_lead < accounts.jwks_max_age + accounts.signing_key_reload) {
    throw new ConfigError(
      'LIMITS_FILE: accounts.signing_key_lead: must be at least accounts.jwks_max_age and accounts.signing_key_reload together',
    );
  }
  if (accounts.signing_key_rotation <= accounts.signing_key_lead) {
    throw new ConfigError(
      'LIMITS_FILE: accounts.signing_key_rotation: must be longer than accounts.signing_key_lead',
    );
  }
  if (read.GUEST_TTL < read.REFRESH_TOKEN_TTL) {
    throw new ConfigError(
      'GUEST_TTL: must be at least REFRESH_TOKEN_TTL, so that no guest with a valid refresh token is removed',
    );
  }
  return Object.freeze({
    service: serviceConfig(read, limits),
    database: databaseConfig(read, limits),
    accessTokens: { issuer: read.AUTH_ISSUER, audience: read.AUTH_AUDIENCE, ttlMs: read.ACCESS_TOKEN_TTL },
    sessions: {
      refreshTtlMs: read.REFRESH_TOKEN_TTL,
      reuseGraceMs: accounts.refresh_reuse_grace,
      consoleTtlMs: accounts.console_session,
    },
    signingKeys: {
      rotationMs: accounts.signing_key_rotation,
      leadMs: accounts.signing_key_lead,
      reloadMs: accounts.signing_key_reload,
      jwksMaxAgeMs: accounts.jwks_max_age,
    },
    reaper: { intervalMs: accounts.reap_interval, batch: accounts.reap_batch, guestTtlMs: read.GUEST_TTL },
    usage: {
      gatherMs: limits.usage.gather,
      keptMs: limits.usage.kept_for,
      recordsKeptMs: limits.events.age_max + recordsMarginMs,
    },
    apiKeysMax: accounts.api_keys_max,
    limits: limitConfig(read),
    outbox: outboxConfig(limits),
    secrets: { encryptionKey: read.ENCRYPTION_KEY },
  });
}
