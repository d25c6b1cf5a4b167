import type { SendOutcome } from './webhook-sender.ts';

export interface RetryConfig {
  /** Attempts after the first. */
  retriesMax: number;
  /** The waits before the retries, in turn; the last one for all further ones. */
  scheduleMs: readonly number[];
  /** The longest wait that a receiver's `Retry-After` can ask for. */
  retryAfterMaxMs: number;
}

/** Retries are spread by this share of their wait, so that a receiver that is back does not get all of them at once. */
const jitter = 0.2;

/** How long to wait after a failed attempt (from 1); null gives the delivery up. `random` is in [0, 1). */
export function retryInMs(
  attempt: number,
  outcome: SendOutcome,
  { retriesMax, scheduleMs, retryAfterMaxMs }: RetryConfig,
  random: number,
): number | null {
  if (attempt > retriesMax || outcome.status === 410) return null;
  const scheduled = scheduleMs[Math.min(attempt, scheduleMs.length) - 1] ?? 0;
  const spread = scheduled * (1 - jitter + 2 * jitter * random);
  return Math.max(spread, Math.min(outcome.retryAfterMs ?? 0, retryAfterMaxMs));
}
