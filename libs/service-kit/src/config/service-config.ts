import { type BodyLimits, bodyLimits } from '@antiphon/contracts';
import { z } from 'zod';
import type { SigningKeysConfig } from '../auth/published-keys.ts';
import { type LimitConfig, limitConfig, limitEnv } from '../limits/limit-config.ts';
import { type TracingConfig, tracingConfig, tracingEnv } from '../telemetry/tracing-config.ts';
import type { LocalAccessConfig } from '../http/local-access.ts';
import { duration, flag, integer, list, urlText } from './env.ts';

const anOrigin = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#*@]+$/i;

/** The variables of every process that is called over HTTP: whether calls without a token are let in, and from which pages then. */
export const localAccessEnv = {
  AUTH_ANONYMOUS: flag(false),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  ALLOWED_ORIGINS: list().superRefine((origins, context) => {
    for (const origin of origins.filter((text) => !anOrigin.test(text)))
      context.addIssue(`must be origins such as https://app.example.com, got "${origin}"`);
  }),
};

/** Null where every call needs a token. */
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
    BODY_DEPTH_MAX: integer(bodyLimits.depthMax, { min: 4, max: 1000 }),
    UNIDENTIFIED_BYTES_PER_MINUTE: integer(32 * 1024 * 1024, { min: 1024 }),
    ...localAccessEnv,
    SHUTDOWN_GRACE: duration('25s'),
    SHUTDOWN_DRAIN: duration('1s'),
    RPC_HEARTBEAT: duration('5s'),
    RPC_SILENCE_MAX: duration('15s'),
    ...tracingEnv,
  };
}

export interface ServiceConfig {
  host: string;
  /** 0 lets the system choose one. */
  port: number;
  logLevel: string;
  natsUrl: string;
  /** What a request's body may hold. */
  bodyLimits: BodyLimits;
  /** Bytes of bodies that one address may send in a minute without a valid credential, to each process. */
  unidentifiedBytesPerMinute: number;
  /** The rules for calls without a token; null where every call needs one. */
  localAccess: LocalAccessConfig | null;
  /** How long open requests may go on after SIGTERM. */
  shutdownGraceMs: number;
  /** How long requests are still taken after SIGTERM, each on a connection that ends with it, while load balancers notice. */
  shutdownDrainMs: number;
  /** The interval of heartbeats over the bus, and the silence after which a handler counts as gone. */
  rpcHeartbeatMs: number;
  rpcSilenceMaxMs: number;
  /** Null turns tracing off. */
  tracing: TracingConfig | null;
}

type Parsed<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

export function serviceConfig(env: Parsed<ReturnType<typeof serviceEnv>>): ServiceConfig {
  return {
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    natsUrl: env.NATS_URL,
    bodyLimits: { ...bodyLimits, bytesMax: env.BODY_LIMIT_BYTES, depthMax: env.BODY_DEPTH_MAX },
    unidentifiedBytesPerMinute: env.UNIDENTIFIED_BYTES_PER_MINUTE,
    localAccess: localAccessConfig(env),
    shutdownGraceMs: env.SHUTDOWN_GRACE,
    shutdownDrainMs: env.SHUTDOWN_DRAIN,
    rpcHeartbeatMs: env.RPC_HEARTBEAT,
    rpcSilenceMaxMs: env.RPC_SILENCE_MAX,
    tracing: tracingConfig(env),
  };
}

/** The variables of every process that verifies tokens: where the keys are, how long they are used, how often an unknown one is fetched. */
export const signingKeysEnv = {
  AUTH_JWKS_URL: urlText('http://127.0.0.1:8081/.well-known/jwks.json'),
  AUTH_JWKS_MAX_AGE: duration('5m'),
  AUTH_JWKS_COOLDOWN: duration('5s'),
  AUTH_JWKS_TIMEOUT: duration('2s'),
};

export function signingKeysConfig(env: Parsed<typeof signingKeysEnv>): SigningKeysConfig {
  return {
    url: env.AUTH_JWKS_URL,
    maxAgeMs: env.AUTH_JWKS_MAX_AGE,
    cooldownMs: env.AUTH_JWKS_COOLDOWN,
    timeoutMs: env.AUTH_JWKS_TIMEOUT,
  };
}

/** The variables of every service that takes calls from outside. */
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
  /** Whether calls without a token are let in as one local user. For a stack that only listens on loopback. */
  anonymous: boolean;
  /** How much each caller may have or use. */
  limits: LimitConfig;
}

export function tokenConfig(env: Parsed<typeof tokenEnv>): TokenConfig {
  return {
    signingKeys: signingKeysConfig(env),
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
  DATABASE_CONNECT_TIMEOUT: duration('5s'),
  DATABASE_STATEMENT_TIMEOUT: duration('10s'),
};

export interface DatabaseConfig {
  url: string;
  poolMax: number;
  connectTimeoutMs: number;
  statementTimeoutMs: number;
}

export function databaseConfig(env: Parsed<typeof databaseEnv>): DatabaseConfig {
  return {
    url: env.DATABASE_URL,
    poolMax: env.DATABASE_POOL_MAX,
    connectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT,
    statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT,
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
