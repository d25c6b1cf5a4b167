import type { EventEmitter } from 'node:events';
import { accountKindOf, AppError, type Caller } from '@antiphon/contracts';
import { LRUCache } from 'lru-cache';
import { localUserId } from '../auth/token-verifier.ts';
import type { LimitConfig, LimitedKind } from './limit-config.ts';

/** Amounts that are used up and refill with time: the time of a full refill, and the sentence of a refusal. */
const windows = {
  requests: { ms: 60_000, exceeded: (max: number) => `At most ${max} requests a minute are allowed.` },
  pythonMs: {
    ms: 3_600_000,
    exceeded: (max: number) => `At most ${max / 1000} s of Python an hour are allowed, and they are used up.`,
  },
  scrapeMs: {
    ms: 3_600_000,
    exceeded: (max: number) =>
      `At most ${max / 1000} s of scraping an hour are allowed, and they are used up.`,
  },
};
export type LimitedWindow = keyof typeof windows;

/** Places that are held for a while and released. */
const gauges = {
  runs: (max: number) => `At most ${max} runs at the same time are allowed: wait for one to end.`,
  streams: (max: number) => `At most ${max} open streams and WebSockets are allowed: close one first.`,
};
export type LimitedGauge = keyof typeof gauges;

/** Totals that are counted in rows. Only time or the caller's own deletions reduce them. */
const totals = {
  queuedRuns: (max: number) => `At most ${max} background runs may wait: let some of them end first.`,
  storedBytes: (max: number) =>
    `Your stored data takes more than the ${max} bytes that are allowed: delete responses or conversations first.`,
  storedRows: (max: number) =>
    `You have more than the ${max} stored records that are allowed: delete responses or conversations first.`,
};
export type LimitedTotal = keyof typeof totals;

/** How many callers' windows are kept. The least recently used one is dropped, and is full at its next use. */
const bucketsMax = 100_000;
/** When to retry where places are held or runs are queued, whose end is unknown. */
const heldRetryMs = 1_000;
const queuedRetryMs = 5_000;

interface Bucket {
  left: number;
  atMs: number;
}

/**
 * The limits of each caller. Callers are users: all tokens and API keys of one user use up the same amounts, each within the
 * limit of its own kind. Windows and gauges count in this process, so each of several instances allows the whole amount; totals are figures
 * that the admitting process reads from the database. Refusals are `rate_limited`, and `forbidden` where waiting does not help.
 */
export class CallerLimits {
  /** Made for the first caller with a window: the empty cache takes 3 MB. */
  private knownBuckets: LRUCache<string, Bucket> | undefined;
  private readonly held = new Map<string, number>();

  constructor(
    private readonly config: LimitConfig,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Uses up an amount, or refuses. */
  consume(caller: Caller, window: LimitedWindow, amount = 1): void {
    const bucket = this.bucketOf(caller, window);
    if (bucket.left < amount) throw this.usedUp(caller, window, bucket, amount);
    bucket.left -= amount;
  }

  /** Refuses where the amount is used up. For amounts that are known only afterwards, which `charge` then takes. */
  require(caller: Caller, window: LimitedWindow): void {
    const bucket = this.bucketOf(caller, window);
    if (bucket.left <= 0) throw this.usedUp(caller, window, bucket, 1);
  }

  /** Uses up an amount that is already spent, even where less is left. */
  charge(caller: Caller, window: LimitedWindow, amount: number): void {
    this.bucketOf(caller, window).left -= amount;
  }

  /** Takes one place, or refuses. Returns the function that releases it. */
  hold(caller: Caller, gauge: LimitedGauge): () => void {
    const key = keyOf(caller, gauge);
    const count = this.held.get(key) ?? 0;
    const max = this.limitOf(caller, gauge);
    if (count >= max) {
      throw new AppError('rate_limited', gauges[gauge](max), {
        retryAfterMs: heldRetryMs,
        rate: { limit: max, remaining: 0, resetMs: heldRetryMs },
      });
    }
    this.held.set(key, count + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.held.get(key) ?? 1) - 1;
      if (left === 0) this.held.delete(key);
      else this.held.set(key, left);
    };
  }

  /** Takes one place for as long as a connection or an answer is open: until it emits `close`. */
  holdWhileOpen(caller: Caller, gauge: LimitedGauge, connection: Pick<EventEmitter, 'once'>): void {
    connection.once('close', this.hold(caller, gauge));
  }

  /** Refuses where the caller has reached its limit. */
  admit(caller: Caller, total: LimitedTotal, used: number): void {
    const max = this.limitOf(caller, total);
    if (used < max) return;
    const message = totals[total](max);
    if (total !== 'queuedRuns')
      throw new AppError('forbidden', message, { reason: 'storage_limit_exceeded' });
    throw new AppError('rate_limited', message, {
      retryAfterMs: queuedRetryMs,
      rate: { limit: max, remaining: 0, resetMs: queuedRetryMs },
    });
  }

  limitOf(caller: Caller, quantity: keyof LimitConfig): number {
    return this.config[quantity][kindOf(caller)];
  }

  private bucketOf(caller: Caller, window: LimitedWindow): Bucket {
    const key = keyOf(caller, window);
    const max = this.limitOf(caller, window);
    const nowMs = this.now();
    const buckets = (this.knownBuckets ??= new LRUCache({ max: bucketsMax }));
    const bucket = buckets.get(key) ?? { left: max, atMs: nowMs };
    const cameBack = ((nowMs - bucket.atMs) / windows[window].ms) * max;
    bucket.left = Math.min(max, bucket.left + cameBack);
    bucket.atMs = nowMs;
    buckets.set(key, bucket);
    return bucket;
  }

  private usedUp(caller: Caller, window: LimitedWindow, { left }: Bucket, amount: number): AppError {
    const { ms, exceeded } = windows[window];
    const max = this.limitOf(caller, window);
    const resetMs = Math.max(((amount - left) / max) * ms, 1);
    return new AppError('rate_limited', exceeded(max), {
      retryAfterMs: resetMs,
      rate: { limit: max, remaining: Math.max(Math.floor(left), 0), resetMs },
    });
  }
}

function keyOf({ userId }: Caller, quantity: keyof LimitConfig): string {
  return `${quantity} ${userId}`;
}

function kindOf(caller: Caller): LimitedKind {
  if (caller.userId === localUserId) return 'local';
  if (caller.kind === 'service') return 'user';
  if (accountKindOf(caller) === 'guest') return 'guest';
  return caller.kind === 'key' ? 'key' : 'user';
}
