import {
  duration,
  flag,
  integer,
  type LimitsFile,
  localAccessConfig,
  type LocalAccessConfig,
  localAccessEnv,
  readEnv,
  readLimits,
  readLimitsFile,
  signingKeysConfig,
  type SigningKeysConfig,
  signingKeysEnv,
  signingKeysLimits,
} from '@antiphon/service-kit/light';
import { z } from 'zod';
import { gatewayLimits } from './limits.ts';

/** The sections of the limits file that the gateway reads. */
export const limitSections = { ...signingKeysLimits, ...gatewayLimits };

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
    /** How long a client may go on sending after its service has ended their WebSocket. */
    readonly closeTimeoutMs: number;
    /** The limit of a body without one in the file, and of the bytes that are read and dropped after a refusal. */
    readonly bodyBytesMax: number;
  };
  readonly shutdownGraceMs: number;
}

/** Reads the environment and the limits file. Throws ConfigError that names each wrong value. */
export function readConfig(
  environment: NodeJS.ProcessEnv,
  file: LimitsFile = readLimitsFile(environment),
): GatewayConfig {
  const values = readEnv(variables, environment);
  const limits = readLimits(limitSections, file, environment['LIMITS_FILE']);
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    kongFile: values.KONG_CONFIG,
    upstreams: values.GATEWAY_UPSTREAMS,
    rateLimit: { enabled: values.RATE_LIMIT_ENABLED, bucketsMax: limits.gateway.rate_limit_buckets_max },
    signingKeys: signingKeysConfig(values, limits),
    localAccess: localAccessConfig(values),
    tokenCacheMax: limits.gateway.token_cache_max,
    connections: {
      max: limits.gateway.connections_max,
      keepAliveMs: limits.gateway.keep_alive_timeout,
      requestTimeoutMs: limits.gateway.request_timeout,
      closeTimeoutMs: limits.gateway.close_timeout,
      bodyBytesMax: limits.gateway.body_bytes_max,
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
  SHUTDOWN_GRACE: duration('25s'),
};
