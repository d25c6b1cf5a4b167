import { z } from 'zod';
import type { SigningKeysConfig } from '../auth/signing-keys.ts';
import { type LimitConfig, limitConfig, limitEnv } from '../limits/limit-config.ts';
import { type TracingConfig, tracingConfig, tracingEnv } from '../telemetry/tracing-config.ts';
import { duration, flag, integer, urlText } from './env.ts';

/** The variables of every service. */
export function serviceEnv(port: number) {
  return {
    HOST: z.string().default('127.0.0.1'),
    PORT: integer(port, { min: 0, max: 65_535 }),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    NATS_URL: z.string().default('nats://127.0.0.1:4222'),
    BODY_LIMIT_BYTES: integer(8 * 1024 * 1024, { min: 1024 }),
    BODY_DEPTH_MAX: integer(100, { min: 4, max: 1000 }),
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
  bodyLimitBytes: number;
  /** How deep a request's JSON may be nested. */
  bodyDepthMax: number;
  /** How long open requests may go on after SIGTERM. */
  shutdownGraceMs: number;
  /** How long requests are still taken after SIGTERM, each on a connection that ends with it, while nobody new is sent here. */
  shutdownDrainMs: number;
  /** How often whoever streams over the bus says that it lives, and how long it may be silent before it counts as gone. */
  rpcHeartbeatMs: number;
  rpcSilenceMaxMs: number;
  /** Null where nothing is traced. */
  tracing: TracingConfig | null;
}

type Parsed<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

export function serviceConfig(env: Parsed<ReturnType<typeof serviceEnv>>): ServiceConfig {
  return {
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    natsUrl: env.NATS_URL,
    bodyLimitBytes: env.BODY_LIMIT_BYTES,
    bodyDepthMax: env.BODY_DEPTH_MAX,
    shutdownGraceMs: env.SHUTDOWN_GRACE,
    shutdownDrainMs: env.SHUTDOWN_DRAIN,
    rpcHeartbeatMs: env.RPC_HEARTBEAT,
    rpcSilenceMaxMs: env.RPC_SILENCE_MAX,
    tracing: tracingConfig(env),
  };
}

/** The variables of every process that verifies tokens: where the keys are, how long they are used, how often unknown ones are asked for. */
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
  AUTH_ANONYMOUS: flag(false),
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
