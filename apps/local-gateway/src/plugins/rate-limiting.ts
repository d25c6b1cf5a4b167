import { LRUCache } from 'lru-cache';
import type { Exchange, Plugin, Reply } from '../exchange.ts';
import type { RateLimitingConfig } from '../routing/kong-config.ts';

const periods = [
  { key: 'second', lengthMs: 1_000 },
  { key: 'minute', lengthMs: 60_000 },
  { key: 'hour', lengthMs: 3_600_000 },
  { key: 'day', lengthMs: 86_400_000 },
] as const;

/**
 * Kong's fixed windows, aligned to the clock, several at once, counted in memory (policy `local`). `@fastify/rate-limit` counts one
 * window from the first request on, and has neither Kong's header names nor requests without a Fastify route.
 */
export function rateLimiting(config: RateLimitingConfig, { bucketsMax, now }: RateLimitingOptions): Plugin {
  const limits = periods.flatMap((period) => {
    const limit = config[period.key];
    return limit === undefined ? [] : [{ ...period, limit }];
  });
  // Made for the first caller: the empty cache takes 3 MB.
  let buckets: LRUCache<string, Bucket> | undefined;

  return {
    access(exchange) {
      const timeMs = now();
      buckets ??= new LRUCache({ max: bucketsMax });
      const bucket = bucketOf(buckets, identify(exchange, config), limits.length);
      const windows = limits.map((limit, index) => openWindow(bucket, index, limit, timeMs));
      const exhausted = windows.find((window) => window.remaining <= 0);
      // A refused request is not counted, so a caller that keeps trying gets in when the window ends.
      if (exhausted !== undefined) return refuse(exhausted, config);
      for (const window of windows) {
        window.remaining -= 1;
        bucket.counts[window.index] = window.limit - window.remaining;
      }
      if (!config.hide_client_headers) announce(exchange, windows);
      return undefined;
    },
  };
}

export interface RateLimitingOptions {
  /** The most callers in memory; the least recently seen one is dropped first. */
  readonly bucketsMax: number;
  readonly now: () => number;
}

interface Bucket {
  readonly startsMs: number[];
  readonly counts: number[];
}

interface Limit {
  readonly key: string;
  readonly lengthMs: number;
  readonly limit: number;
}

interface Window extends Limit {
  readonly index: number;
  readonly resetSeconds: number;
  remaining: number;
}

function identify(exchange: Exchange, config: RateLimitingConfig): string {
  return config.limit_by === 'consumer' ? (exchange.consumer ?? exchange.clientIp) : exchange.clientIp;
}

function bucketOf(buckets: LRUCache<string, Bucket>, key: string, size: number): Bucket {
  const known = buckets.get(key);
  if (known !== undefined) return known;
  const fresh: Bucket = { startsMs: Array<number>(size).fill(0), counts: Array<number>(size).fill(0) };
  buckets.set(key, fresh);
  return fresh;
}

function openWindow(bucket: Bucket, index: number, limit: Limit, timeMs: number): Window {
  const startMs = timeMs - (timeMs % limit.lengthMs);
  if (bucket.startsMs[index] !== startMs) {
    bucket.startsMs[index] = startMs;
    bucket.counts[index] = 0;
  }
  return {
    ...limit,
    index,
    remaining: limit.limit - (bucket.counts[index] ?? 0),
    resetSeconds: Math.max(1, Math.ceil((startMs + limit.lengthMs - timeMs) / 1_000)),
  };
}

/** The general headers describe the window that runs out first, the others one window each. */
function announce(exchange: Exchange, windows: readonly Window[]): void {
  let tightest = windows[0];
  for (const window of windows) {
    exchange.responseHeaders.set(`x-ratelimit-limit-${window.key}`, String(window.limit));
    exchange.responseHeaders.set(`x-ratelimit-remaining-${window.key}`, String(window.remaining));
    if (tightest === undefined || window.remaining < tightest.remaining) tightest = window;
  }
  if (tightest === undefined) return;
  exchange.responseHeaders.set('ratelimit-limit', String(tightest.limit));
  exchange.responseHeaders.set('ratelimit-remaining', String(tightest.remaining));
  exchange.responseHeaders.set('ratelimit-reset', String(tightest.resetSeconds));
}

/** Clients of the services read the plain X-RateLimit headers; the services set them on all their replies. */
function refuse(window: Window, config: RateLimitingConfig): Reply {
  const reset = String(window.resetSeconds);
  const limit = String(window.limit);
  return {
    status: 429,
    message: config.error_message,
    headers: {
      'retry-after': reset,
      'ratelimit-limit': limit,
      'ratelimit-remaining': '0',
      'ratelimit-reset': reset,
      [`x-ratelimit-limit-${window.key}`]: limit,
      [`x-ratelimit-remaining-${window.key}`]: '0',
      'x-ratelimit-limit': limit,
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': reset,
    },
  };
}
