import { setTimeout as sleep } from 'node:timers/promises';

/** How often and how long one call is attempted. */
export interface AttemptLimits {
  /** Rounds over the candidates. */
  roundsMax: number;
  /** Attempts in all rounds. */
  attemptsTotalMax: number;
  /** The longest wait before the second round; it doubles with every further round. */
  backoffMinMs: number;
  backoffMaxMs: number;
  /** The longest `Retry-After` to wait for. A candidate with a longer one is not retried. */
  retryAfterMaxMs: number;
  /** The time for all attempts, until the first output. */
  timeoutMs: number;
}

/** Timers and random numbers, which tests replace. */
export interface AttemptClock {
  nowMs: () => number;
  /** Resolves after a time; rejects as soon as the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  random: () => number;
}

/** Full jitter: a random time up to a limit that doubles with each round. */
export function backoffMs(round: number, limits: AttemptLimits, clock: Pick<AttemptClock, 'random'>): number {
  return clock.random() * Math.min(limits.backoffMaxMs, limits.backoffMinMs * 2 ** (round - 1));
}

export const systemClock: AttemptClock = {
  nowMs: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  random: Math.random,
};
