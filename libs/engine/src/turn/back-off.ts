import { untilAborted } from '@antiphon/async';

const waitMaxMs = 8_000;

/**
 * Waits before another attempt: a random time between half and all of `firstMs`, which doubles with every further attempt up to 8 s, and at least
 * `leastMs`. Rejects with the signal's reason once it aborts.
 */
export async function backOff(
  triesBefore: number,
  { firstMs, leastMs = 0 }: { firstMs: number; leastMs?: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  const jitteredMs = Math.min(firstMs * 2 ** (triesBefore - 1), waitMaxMs) * (0.5 + Math.random() / 2);
  const waitMs = Math.max(jitteredMs, leastMs);
  let timer: NodeJS.Timeout | undefined;
  const rested = new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)));
  try {
    await untilAborted(rested, signal);
  } finally {
    clearTimeout(timer);
  }
}
