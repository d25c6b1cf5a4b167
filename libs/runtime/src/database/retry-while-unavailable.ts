import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@antiphon/contracts';

const waitMs = 100;
const waitMaxMs = 1_000;

/**
 * Repeats a write while the database is unavailable, for up to `patienceMs`. The write must be safe to repeat: the answer to a commit may
 * have been lost. Throws the last error.
 */
export async function retryWhileUnavailable<Result>(
  patienceMs: number,
  write: () => Promise<Result>,
): Promise<Result> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (AppError.from(error).code !== 'unavailable' || performance.now() > giveUpAtMs) throw error;
    }
    await delay(Math.min(waitMs * 2 ** attempt, waitMaxMs) * (0.5 + Math.random() / 2));
  }
}
