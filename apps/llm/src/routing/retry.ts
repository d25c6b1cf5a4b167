import { AppError } from '@antiphon/contracts';

export interface RetryPolicy {
  /** Tries in all, the first included. */
  attemptsMax: number;
  /** The longest wait before the second try; it doubles with every further one. */
  backoffMinMs: number;
  backoffMaxMs: number;
  /** How long a `Retry-After` is waited for; a longer one is the caller's to wait. */
  retryAfterMaxMs: number;
  isTransient: (error: unknown) => boolean;
}

/** Time and chance, so that tests have neither. */
export interface RetryClock {
  /** Resolves after a time; rejects as soon as the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

/**
 * A stream that is opened again when it fails for a passing reason before its first value. Once a value was handed on nothing is
 * repeated: the caller would see it twice.
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
    // After the first value nothing stands between the consumer and the stream.
    next: () => (isBegun && opened !== undefined ? opened.next() : begin()),
    return: async () => {
      await opened?.return?.();
      return { done: true, value: undefined };
    },
  };
}

/** Tries again while the failures are passing ones and tries are left. */
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

/** Full jitter: any time up to a limit that doubles. Null when trying again is of no use. */
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
