import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { every } from './every.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('every', () => {
  it('starts a round an interval after the end of the previous one', async () => {
    const rounds: PromiseWithResolvers<void>[] = [];
    const repetition = every(
      100,
      () => {
        const round = Promise.withResolvers<void>();
        rounds.push(round);
        return round.promise;
      },
      () => undefined,
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rounds).toHaveLength(1);
    rounds[0]?.resolve();
    await vi.advanceTimersByTimeAsync(99);
    expect(rounds).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(rounds).toHaveLength(2);
    rounds[1]?.resolve();
    await repetition.stop();
  });

  it('reports a failed round and goes on', async () => {
    const errors: unknown[] = [];
    const repetition = every(
      100,
      () => Promise.reject(new Error('away')),
      (error) => errors.push(error),
    );
    await vi.advanceTimersByTimeAsync(200);
    expect(errors).toEqual([new Error('away'), new Error('away')]);
    await repetition.stop();
  });

  it('waits for the running round when it stops, and starts no other', async () => {
    const round = Promise.withResolvers<void>();
    let rounds = 0;
    const repetition = every(
      100,
      () => {
        rounds++;
        return round.promise;
      },
      () => undefined,
    );
    await vi.advanceTimersByTimeAsync(100);
    let isStopped = false;
    const stopped = repetition.stop().then(() => (isStopped = true));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(isStopped).toBe(false);
    round.resolve();
    await stopped;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rounds).toBe(1);
  });
});
