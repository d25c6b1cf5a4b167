import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('beats within its time after the last message, and repeatedly while there is none', () => {
  const beats: number[] = [];
  const startedAtMs = Date.now();
  const heartbeat = new Heartbeat(1_000, () => beats.push(Date.now() - startedAtMs));
  vi.advanceTimersByTime(500);
  heartbeat.note();
  vi.advanceTimersByTime(899);
  expect(beats).toEqual([]);
  vi.advanceTimersByTime(1_900);
  expect(beats).toEqual([1_400, 2_300, 3_200]);
  heartbeat.stop();
  vi.advanceTimersByTime(10_000);
  expect(beats).toHaveLength(3);
});
