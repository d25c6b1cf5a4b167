import {
  duration,
  flag,
  integer,
  localAccessConfig,
  type LocalAccessConfig,
  localAccessEnv,
  readEnv,
  signingKeysConfig,
  type SigningKeysConfig,
  signingKeysEnv,
} from '@antiphon/service-kit/light';
import { z } from 'zod';

/** The gateway's configuration. */
export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** The path of the declarative file. */
  readonly kongFile: string;
  /** Addresses by the host names of the declarative file; other names are resolved unchanged. */
  readonly upstreams: ReadonlyMap<string, URL>;
  readonly rateLimit: { readonly enabled: boolean; readonly bucketsMax: number };
  readonly signingKeys: SigningKeysConfig;
  /** Origins whose pages may call where the services allow calls without a token; null if the file's CORS settings decide. */
  readonly localAccess: LocalAccessConfig | null;
  /** The most verified tokens in the cache. */
  readonly tokenCacheMax: number;
  readonly connections: {
    readonly max: number;
    readonly keepAliveMs: number;
    readonly requestTimeoutMs: number;
    /** The limit of a body without one in the file, and of the bytes that are read and dropped after a refusal. */
    readonly bodyBytesMax: number;
  };
  readonly shutdownGraceMs: number;
}

/** Parses the environment; a wrong value stops the start, and the error names the variable. */
export function readConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  const values = readEnv(variables, environment);
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    kongFile: values.KONG_CONFIG,
    upstreams: values.GATEWAY_UPSTREAMS,
    rateLimit: { enabled: values.RATE_LIMIT_ENABLED, bucketsMax: values.RATE_LIMIT_BUCKETS_MAX },
    signingKeys: signingKeysConfig(values),
    localAccess: localAccessConfig(values),
    tokenCacheMax: values.TOKEN_CACHE_MAX,
    connections: {
      max: values.CONNECTIONS_MAX,
      keepAliveMs: values.KEEP_ALIVE_TIMEOUT,
      requestTimeoutMs: values.REQUEST_TIMEOUT,
      bodyBytesMax: values.BODY_BYTES_MAX,
    },
    shutdownGraceMs: values.SHUTDOWN_GRACE,
  });
}

const Upstreams = z.string().transform((value, context) => {
  const upstreams = new Map<string, URL>();
  for (const entry of value.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [, name, address] = /^([\w.-]+)=(http:\/\/.+)$/.exec(entry) ?? [];
    const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
    if (name === undefined || url === undefined || url.pathname !== '/') {
      context.addIssue(`must be name=http://host:port entries with commas between, got "${entry}"`);
      return z.NEVER;
    }
    upstreams.set(name, url);
  }
  return upstreams;
});

const variables = {
  ...signingKeysEnv,
  ...localAccessEnv,
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(8000, { min: 0, max: 65_535 }),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  KONG_CONFIG: z.string().default('kong/kong.yml'),
  GATEWAY_UPSTREAMS: Upstreams.prefault(''),
  RATE_LIMIT_ENABLED: flag(true),
  RATE_LIMIT_BUCKETS_MAX: integer(100_000, { min: 1 }),
  TOKEN_CACHE_MAX: integer(10_000, { min: 1 }),
  CONNECTIONS_MAX: integer(16_384, { min: 1 }),
  KEEP_ALIVE_TIMEOUT: duration('75s'),
  REQUEST_TIMEOUT: duration('60s'),
  BODY_BYTES_MAX: integer(64 * 1024 * 1024, { min: 1024 }),
  SHUTDOWN_GRACE: duration('25s'),
};
