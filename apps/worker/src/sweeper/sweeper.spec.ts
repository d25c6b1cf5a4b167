import type { Response } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import type {
  EventLogStore,
  IdempotencyStore,
  LeaseStore,
  ResponseStore,
  RunEvents,
} from '@antiphon/runtime';
import { createLogger } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';
import { Sweeper } from './sweeper.ts';

const config = { intervalMs: 60_000, responsesMs: 1_000, eventsMs: 2_000, removedMax: 1_200 };

/** A sweeper over fakes: batches of overdue responses, and the rows past their retention of each kind. */
function testSweeper(overdue: () => Response[], old = { responses: 0, logs: 0, keys: 0 }, changes = {}) {
  const announced: string[] = [];
  const removals: [keyof typeof old, number][] = [];
  const remove = (kind: keyof typeof old, countMax: number) => {
    removals.push([kind, countMax]);
    const count = Math.min(old[kind], countMax);
    old[kind] -= count;
    return count;
  };
  // The fakes have what the sweeper uses of its neighbours.
  const sweeper = new Sweeper(
    { sweep: async () => overdue() } as unknown as LeaseStore,
    { removeOld: async (_ms: number, max: number) => remove('responses', max) } as unknown as ResponseStore,
    { sweep: async (_ms: number, max: number) => remove('logs', max) } as unknown as EventLogStore,
    { sweep: async (max: number) => remove('keys', max) } as unknown as IdempotencyStore,
    { announce: (id: string) => announced.push(id) } as unknown as RunEvents,
    createLogger('test', 'silent'),
    { ...config, ...changes },
  );
  return { sweeper, announced, removals, old };
}

describe('a sweep', () => {
  it('fails overdue responses until none is left, and announces each to its readers', async () => {
    const [one, two, three] = ['resp_1', 'resp_2', 'resp_3'].map((id) =>
      testResponse({ id, status: 'failed' }),
    ) as [Response, Response, Response];
    const batches = [[one, two], [three]];
    const { sweeper, announced } = testSweeper(() => batches.shift() ?? []);
    await sweeper.sweep();
    expect(announced).toEqual(['resp_1', 'resp_2', 'resp_3']);
  });

  it('removes old rows in batches, up to its bound, and leaves the rest to the next', async () => {
    const { sweeper, removals, old } = testSweeper(() => [], { responses: 1_500, logs: 500, keys: 3 });
    await sweeper.sweep();
    expect(removals).toEqual([
      ['responses', 500],
      ['responses', 500],
      ['responses', 200],
      ['logs', 500],
      ['logs', 500],
      ['keys', 500],
    ]);
    await sweeper.sweep();
    expect(old).toEqual({ responses: 0, logs: 0, keys: 0 });
  });

  it('keeps responses where their retention is 0', async () => {
    const { sweeper, old } = testSweeper(() => [], { responses: 5, logs: 5, keys: 0 }, { responsesMs: 0 });
    await sweeper.sweep();
    expect(old).toEqual({ responses: 5, logs: 0, keys: 0 });
  });

  it('does not overlap with another', async () => {
    const { sweeper, removals } = testSweeper(() => []);
    await Promise.all([sweeper.sweep(), sweeper.sweep()]);
    expect(removals.map(([kind]) => kind)).toEqual(['responses', 'logs', 'keys']);
  });

  it('that failed is tried again by the next', async () => {
    let isAway = true;
    const { sweeper, removals } = testSweeper(() => {
      if (isAway) throw new Error('the database is away');
      return [];
    });
    await sweeper.sweep();
    expect(removals).toEqual([]);
    isAway = false;
    await sweeper.sweep();
    expect(removals).toHaveLength(3);
  });
});
