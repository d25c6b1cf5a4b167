import { z } from 'zod';

/** What the gateway reads from its environment, in our words. */
export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** The declarative file. */
  readonly kongFile: string;
  /** Address by the host name that the declarative file uses; a name without an entry is resolved as it is. */
  readonly upstreams: ReadonlyMap<string, URL>;
  readonly rateLimit: { readonly enabled: boolean; readonly bucketsMax: number };
  readonly signingKeys: {
    readonly url: string;
    readonly maxAgeMs: number;
    readonly cooldownMs: number;
    readonly timeoutMs: number;
  };
  /** Verified tokens remembered at once. */
  readonly tokenCacheMax: number;
  readonly connections: {
    readonly max: number;
    readonly keepAliveMs: number;
    readonly requestTimeoutMs: number;
    /** Bound of a body where the file sets none, and of what is read and dropped after a refusal. */
    readonly bodyBytesMax: number;
  };
  readonly shutdownGraceMs: number;
}

/**
 * Reads the environment once; a wrong value stops the start and names the variable. Not with the service kit's readers: its index brings
 * Nest, TypeORM and NATS along, which would triple the start and double the memory of a process that needs none of them.
 */
export function readConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) throw new Error(parsed.error.issues.map(describeIssue).join('\n'));
  const values = parsed.data;
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    kongFile: values.KONG_CONFIG,
    upstreams: values.GATEWAY_UPSTREAMS,
    rateLimit: { enabled: values.RATE_LIMIT_ENABLED, bucketsMax: values.RATE_LIMIT_BUCKETS_MAX },
    signingKeys: {
      url: values.AUTH_JWKS_URL,
      maxAgeMs: values.AUTH_JWKS_MAX_AGE,
      cooldownMs: values.AUTH_JWKS_COOLDOWN,
      timeoutMs: values.AUTH_JWKS_TIMEOUT,
    },
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

const Whole = z
  .string()
  .regex(/^\d{1,10}$/, 'must be a whole number')
  .transform(Number);

const Flag = z.string().transform((value, context) => {
  if (/^(true|1|on|yes)$/i.test(value)) return true;
  if (/^(false|0|off|no)$/i.test(value)) return false;
  context.addIssue('must be true or false');
  return z.NEVER;
});

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const Duration = z.string().transform((value, context) => {
  if (!/^(\d+(ms|s|m|h))+$/.test(value)) {
    context.addIssue('must be a duration such as 500ms, 45s or 1m');
    return z.NEVER;
  }
  const parts = [...value.matchAll(/(\d+)(ms|s|m|h)/g)];
  return parts.reduce((total, [, amount, unit = '']) => total + Number(amount) * (unitsMs[unit] ?? 0), 0);
});

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

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: Whole.default(8000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  KONG_CONFIG: z.string().default('kong/kong.yml'),
  GATEWAY_UPSTREAMS: Upstreams.prefault(''),
  RATE_LIMIT_ENABLED: Flag.prefault('true'),
  RATE_LIMIT_BUCKETS_MAX: Whole.default(100_000),
  AUTH_JWKS_URL: z.url().default('http://127.0.0.1:8081/.well-known/jwks.json'),
  AUTH_JWKS_MAX_AGE: Duration.prefault('10m'),
  AUTH_JWKS_COOLDOWN: Duration.prefault('30s'),
  AUTH_JWKS_TIMEOUT: Duration.prefault('2s'),
  TOKEN_CACHE_MAX: Whole.default(10_000),
  CONNECTIONS_MAX: Whole.default(16_384),
  KEEP_ALIVE_TIMEOUT: Duration.prefault('75s'),
  REQUEST_TIMEOUT: Duration.prefault('60s'),
  BODY_BYTES_MAX: Whole.default(64 * 1024 * 1024),
  SHUTDOWN_GRACE: Duration.prefault('25s'),
});

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`;
}
