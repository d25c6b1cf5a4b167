import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@antiphon/contracts';

const waitMs = 100;
const waitMaxMs = 1_000;

/**
 * Writes, again and again while the database is away, for so long. For what may be written twice: whether a commit came through whose
 * answer was lost nobody knows.
 */
export async function outlast<Result>(patienceMs: number, write: () => Promise<Result>): Promise<Result> {
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
