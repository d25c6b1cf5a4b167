import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@antiphon/contracts';

const backoffMinMs = 50;
const backoffMaxMs = 1_000;

/** How long, and after what, a question is asked again. */
export interface Patience {
  waitMs: number;
  /** Whether it is asked again, too, where it may have begun. */
  isRepeatable: boolean;
}

/**
 * Asks, and asks again for up to `waitMs` while the question certainly did not begin (`AppError.unanswered`). Waits grow from 50 ms to
 * 1 s, with jitter. Errors: the last one; the signal's reason once it aborts.
 */
export async function askPatiently<Answer>(
  ask: () => Promise<Answer>,
  { waitMs, isRepeatable }: Patience,
  signal?: AbortSignal,
): Promise<Answer> {
  const giveUpAtMs = performance.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const leftMs = giveUpAtMs - performance.now();
      const unanswered = error instanceof AppError ? error.unanswered : undefined;
      const mayAskAgain = unanswered === 'not_begun' || (unanswered === 'unknown' && isRepeatable);
      if (leftMs <= 0 || !mayAskAgain) throw error;
      const backoffMs = Math.min(backoffMinMs * 2 ** attempt, backoffMaxMs) * (0.5 + Math.random() / 2);
      await delay(Math.min(backoffMs, leftMs), undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) throw AppError.from(signal.reason);
    }
  }
}

/** The same for a question with many answers: asked again until its first chunk. Asks when the first chunk is asked for. */
export function streamUntilBegun<Chunk>(
  open: () => AsyncIterator<Chunk, void>,
  waitMs: number,
  signal: AbortSignal,
): AsyncIterableIterator<Chunk, void> {
  let chunks: AsyncIterator<Chunk, void> | undefined;
  let isBegun = false;
  const begin = () =>
    askPatiently(
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
    // After the first chunk nothing stands between the consumer and the stream.
    next: () => (isBegun && chunks ? chunks.next() : begin()),
    return: async () => {
      await chunks?.return?.();
      return { done: true, value: undefined };
    },
  };
}
