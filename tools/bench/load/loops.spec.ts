import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { closedLoop, openLoop, withoutFailures } from './loops.ts';

it('keeps as many requests under way as there are connections', async () => {
  let underWay = 0;
  let most = 0;
  const result = await closedLoop({ connections: 4, durationMs: 60_000, count: 20 }, async () => {
    most = Math.max(most, ++underWay);
    await delay(1);
    underWay--;
  });
  expect(most).toBe(4);
  expect(result).toMatchObject({ done: 20, failed: 0 });
  expect(result.latenciesMs).toHaveLength(20);
});

it('sends at its rate while earlier requests are still unanswered', async () => {
  const places: number[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const running = openLoop({ perSecond: 1000, durationMs: 10 }, async (place) => {
    places.push(place);
    if (place === 9) release();
    await gate;
  });
  expect((await running).done).toBe(10);
  expect(places).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('refuses a run with failures, with the first of them', async () => {
  const result = await closedLoop({ connections: 1, durationMs: 60_000, count: 3 }, async (place) => {
    if (place > 0) throw new Error(`refused ${place}`);
  });
  expect(result).toMatchObject({ done: 1, failed: 2, firstFailure: 'refused 1' });
  expect(() => withoutFailures(result)).toThrow('2 of 3 requests failed: refused 1');
});
