import { untilAborted } from './until-aborted.ts';

const waitMaxMs = 8_000;

/**
 * Waits before another try: any time between the half and all of `firstMs`, which doubles with every try before it up to 8 s. Rejects
 * with the signal's reason once it aborts.
 */
export async function backOff(triesBefore: number, firstMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = Math.min(firstMs * 2 ** (triesBefore - 1), waitMaxMs) * (0.5 + Math.random() / 2);
  let timer: NodeJS.Timeout | undefined;
  const rested = new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)));
  try {
    await untilAborted(rested, signal);
  } finally {
    clearTimeout(timer);
  }
}
