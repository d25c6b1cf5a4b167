import { type BodyLimits, bodyLimits } from '@antiphon/contracts';
import { z } from 'zod';
import type { SigningKeysConfig } from '../auth/published-keys.ts';
import { type LimitConfig, limitConfig, limitEnv } from '../limits/limit-config.ts';
import { type TracingConfig, tracingConfig, tracingEnv } from '../telemetry/tracing-config.ts';
import type { LocalAccessConfig } from '../http/local-access.ts';
import { duration, flag, integer, list, urlText } from './env.ts';
import type { LimitsOf } from './limits-file.ts';
import type { databaseLimits, serviceLimits, signingKeysLimits } from './service-limits.ts';

const anOrigin = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#*@]+$/i;

/** The variables of every process with an HTTP server: whether it accepts calls without a token, and from which pages. */
export const localAccessEnv = {
  AUTH_ANONYMOUS: flag(false),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  ALLOWED_ORIGINS: list().superRefine((origins, context) => {
    for (const origin of origins.filter((text) => !anOrigin.test(text)))
      context.addIssue(`must be origins such as https://app.example.com, got "${origin}"`);
  }),
};

/** Access without a token; null where every call needs one. */
export function localAccessConfig(env: Parsed<typeof localAccessEnv>): LocalAccessConfig | null {
  if (!env.AUTH_ANONYMOUS) return null;
  return { publicUrl: env.PUBLIC_URL ?? null, allowedOrigins: env.ALLOWED_ORIGINS };
}

/** The variables of every service. */
export function serviceEnv(port: number) {
  return {
    HOST: z.string().default('127.0.0.1'),
    PORT: integer(port, { min: 0, max: 65_535 }),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    NATS_URL: z.string().default('nats://127.0.0.1:4222'),
    BODY_LIMIT_BYTES: integer(bodyLimits.bytesMax, { min: 1024 }),
    CHECK_REPLIES: flag(false),
    ...localAccessEnv,
    SHUTDOWN_GRACE: duration('25s'),
    SHUTDOWN_DRAIN: duration('1s'),
    ...tracingEnv,
  };
}

export interface ServiceConfig {
  host: string;
  /** 0 lets the system choose one. */
  port: number;
  logLevel: string;
  natsUrl: string;
  /** Bounds of a request's body. */
  bodyLimits: BodyLimits;
  /** Whether each JSON reply is checked against the contract of its route. For systems under test. */
  checksReplies: boolean;
  /** Bytes of bodies that one address may send in a minute without a valid credential, to each process. */
  unidentifiedBytesPerMinute: number;
  /** Access without a token; null where every call needs one. */
  localAccess: LocalAccessConfig | null;
  /** How long open requests may go on after SIGTERM. */
  shutdownGraceMs: number;
  /** How long new requests are accepted after SIGTERM, until load balancers notice that the service is not ready. Each ends its connection. */
  shutdownDrainMs: number;
  /** How often a service reports on the bus that it works on a call or a stream. */
  rpcHeartbeatMs: number;
  /** The silence after which a called service counts as gone. */
  rpcSilenceMaxMs: number;
  /** Null: nothing is traced. */
  tracing: TracingConfig | null;
}

type Parsed<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

export function serviceConfig(
  env: Parsed<ReturnType<typeof serviceEnv>>,
  limits: LimitsOf<typeof serviceLimits>,
): ServiceConfig {
  return {
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    natsUrl: env.NATS_URL,
    bodyLimits: { ...bodyLimits, bytesMax: env.BODY_LIMIT_BYTES, depthMax: limits.http.body_depth_max },
    checksReplies: env.CHECK_REPLIES,
    unidentifiedBytesPerMinute: limits.http.unidentified_bytes_per_minute,
    localAccess: localAccessConfig(env),
    shutdownGraceMs: env.SHUTDOWN_GRACE,
    shutdownDrainMs: env.SHUTDOWN_DRAIN,
    rpcHeartbeatMs: limits.bus.heartbeat,
    rpcSilenceMaxMs: limits.bus.silence_max,
    tracing: tracingConfig(env),
  };
}

/** The variables of every process that verifies tokens: where it fetches the signing keys. */
export const signingKeysEnv = {
  AUTH_JWKS_URL: urlText('http://127.0.0.1:8081/.well-known/jwks.json'),
};

export function signingKeysConfig(
  env: Parsed<typeof signingKeysEnv>,
  limits: LimitsOf<typeof signingKeysLimits>,
): SigningKeysConfig {
  return {
    url: env.AUTH_JWKS_URL,
    maxAgeMs: limits.signing_keys.max_age,
    cooldownMs: limits.signing_keys.cooldown,
    timeoutMs: limits.signing_keys.timeout,
    waitMs: limits.signing_keys.wait,
  };
}

/** The variables of every service with public routes. */
export const tokenEnv = {
  ...signingKeysEnv,
  AUTH_ISSUER: z.string().default('antiphon'),
  AUTH_AUDIENCE: z.string().default('antiphon'),
  AUTH_ANONYMOUS: localAccessEnv.AUTH_ANONYMOUS,
  ...limitEnv,
};

export interface TokenConfig {
  signingKeys: SigningKeysConfig;
  issuer: string;
  audience: string;
  /** Whether calls without a token are accepted, as one local user. For a stack that listens on loopback only. */
  anonymous: boolean;
  /** The limits of each caller. */
  limits: LimitConfig;
}

export function tokenConfig(
  env: Parsed<typeof tokenEnv>,
  limits: LimitsOf<typeof signingKeysLimits>,
): TokenConfig {
  return {
    signingKeys: signingKeysConfig(env, limits),
    issuer: env.AUTH_ISSUER,
    audience: env.AUTH_AUDIENCE,
    anonymous: env.AUTH_ANONYMOUS,
    limits: limitConfig(env),
  };
}

/** The variables of every service with a database. */
export const databaseEnv = {
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// URL'),
  DATABASE_POOL_MAX: integer(10, { min: 1, max: 500 }),
};

export interface DatabaseConfig {
  url: string;
  poolMax: number;
  connectTimeoutMs: number;
  statementTimeoutMs: number;
}

export function databaseConfig(
  env: Parsed<typeof databaseEnv>,
  limits: LimitsOf<typeof databaseLimits>,
): DatabaseConfig {
  return {
    url: env.DATABASE_URL,
    poolMax: env.DATABASE_POOL_MAX,
    connectTimeoutMs: limits.database.connect_timeout,
    statementTimeoutMs: limits.database.statement_timeout,
  };
}

/** The key that seals secrets at rest: 32 bytes in base64. */
export const encryptionEnv = {
  ENCRYPTION_KEY: z
    .string()
    .refine(
      (text) => Buffer.from(text, 'base64').length === 32,
      'must be 32 bytes in base64 (openssl rand -base64 32)',
    ),
};
