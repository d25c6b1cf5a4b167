import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@antiphon/contracts';

const backoffMinMs = 50;
const backoffMaxMs = 1_000;

/** How long, and after which errors, a request is sent again. */
export interface RequestRetry {
  waitMs: number;
  /** Whether it is also sent again where it may have begun. */
  isRepeatable: boolean;
}

/**
 * Sends a request, and sends it again for up to `waitMs` while it certainly did not begin (`AppError.unanswered`). Waits grow from 50 ms
 * to 1 s, with jitter. Errors: the last one; the signal's reason once it aborts.
 */
export async function retryRequest<Answer>(
  send: () => Promise<Answer>,
  { waitMs, isRepeatable }: RequestRetry,
  signal?: AbortSignal,
): Promise<Answer> {
  const giveUpAtMs = performance.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const leftMs = giveUpAtMs - performance.now();
      const unanswered = error instanceof AppError ? error.unanswered : undefined;
      const mayRetry = unanswered === 'not_begun' || (unanswered === 'unknown' && isRepeatable);
      if (leftMs <= 0 || !mayRetry) throw error;
      const backoffMs = Math.min(backoffMinMs * 2 ** attempt, backoffMaxMs) * (0.5 + Math.random() / 2);
      await delay(Math.min(backoffMs, leftMs), undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) throw AppError.from(signal.reason);
    }
  }
}

/** The same for a stream: requested again until its first chunk. Sends the request when the first chunk is pulled. */
export function streamOnceBegun<Chunk>(
  open: () => AsyncIterator<Chunk, void>,
  waitMs: number,
  signal: AbortSignal,
): AsyncIterableIterator<Chunk, void> {
  let chunks: AsyncIterator<Chunk, void> | undefined;
  let isBegun = false;
  const begin = () =>
    retryRequest(
      async () => {
        chunks = open();
        const first = await chunks.next();
        isBegun = true;
        return first;
      },
      { waitMs, isRepeatable: false },
      signal,
    );
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // After the first chunk the consumer pulls from the stream directly.
    next: () => (isBegun && chunks ? chunks.next() : begin()),
    return: async () => {
      await chunks?.return?.();
      return { done: true, value: undefined };
    },
  };
}
