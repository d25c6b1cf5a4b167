import { AppError } from '@antiphon/contracts';

export interface RetryPolicy {
  /** Attempts in all, including the first. */
  attemptsMax: number;
  /** The longest wait before the second attempt; it doubles with every further one. */
  backoffMinMs: number;
  backoffMaxMs: number;
  /** The longest `Retry-After` that is waited for. A longer one fails the call, and the caller may wait. */
  retryAfterMaxMs: number;
  isTransient: (error: unknown) => boolean;
}

/** Timers and random numbers, which tests replace. */
export interface RetryClock {
  /** Resolves after a time; rejects as soon as the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

/**
 * A stream that is opened again after a temporary failure before its first value. After the first value nothing is
 * repeated: the caller would receive values twice.
 */
export function retryUntilFirst<Value>(
  open: () => Promise<AsyncIterable<Value, undefined>>,
  policy: RetryPolicy,
  clock: RetryClock,
  signal: AbortSignal,
): AsyncIterableIterator<Value, undefined> {
  let opened: AsyncIterator<Value, undefined> | undefined;
  let isBegun = false;
  const begin = (): Promise<IteratorResult<Value, undefined>> =>
    retry(
      async () => {
        opened = (await open())[Symbol.asyncIterator]();
        const first = await opened.next();
        isBegun = true;
        return first;
      },
      policy,
      clock,
      signal,
    );
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // After the first value the consumer pulls from the stream directly.
    next: () => (isBegun && opened !== undefined ? opened.next() : begin()),
    return: async () => {
      await opened?.return?.();
      return { done: true, value: undefined };
    },
  };
}

/** Retries temporary failures while attempts are left. */
export async function retry<Value>(
  ask: () => Promise<Value>,
  policy: RetryPolicy,
  clock: RetryClock,
  signal: AbortSignal,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const waitMs = attempt < policy.attemptsMax ? waitBeforeNext(error, attempt, policy, clock) : null;
      if (waitMs === null) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Full jitter: a random time up to a limit that doubles. Null where a retry cannot succeed. */
function waitBeforeNext(
  error: unknown,
  attempt: number,
  policy: RetryPolicy,
  clock: RetryClock,
): number | null {
  if (!policy.isTransient(error)) return null;
  const limitMs = Math.min(policy.backoffMaxMs, policy.backoffMinMs * 2 ** (attempt - 1));
  const jitterMs = clock.random() * limitMs;
  const retryAfterMs = error instanceof AppError ? (error.retryAfterMs ?? 0) : 0;
  if (retryAfterMs > policy.retryAfterMaxMs) return null;
  return Math.max(jitterMs, retryAfterMs);
}
