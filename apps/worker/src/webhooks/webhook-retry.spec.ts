import { describe, expect, it } from 'vitest';
import { retryInMs } from './webhook-retry.ts';

const config = { retriesMax: 4, scheduleMs: [5_000, 300_000, 1_800_000], retryAfterMaxMs: 3_600_000 };
const failed = (status: number | null, retryAfterMs: number | null = null) => ({
  status,
  error: 'failed',
  retryAfterMs,
  isUnreachable: false,
  sentAtMs: 1_700_000_000_000,
  durationMs: 12,
});
const middle = 0.5;

describe('the wait before a retry', () => {
  it('follows the schedule, its last entry for all further ones, and ends with the retries', () => {
    const waits = [1, 2, 3, 4, 5].map((attempt) => retryInMs(attempt, failed(500), config, middle));
    expect(waits).toEqual([5_000, 300_000, 1_800_000, 1_800_000, null]);
  });

  it('is spread by a fifth to each side', () => {
    expect(retryInMs(1, failed(null), config, 0)).toBeCloseTo(4_000);
    expect(retryInMs(1, failed(null), config, 0.9999)).toBeCloseTo(6_000, -1);
  });

  it('is what the receiver asks for where that is longer, up to a bound', () => {
    expect(retryInMs(1, failed(503, 60_000), config, middle)).toBe(60_000);
    expect(retryInMs(2, failed(503, 60_000), config, middle)).toBe(300_000);
    expect(retryInMs(1, failed(429, 86_400_000), config, middle)).toBe(3_600_000);
  });

  it('is none for a receiver that says it is gone', () => {
    expect(retryInMs(1, failed(410), config, middle)).toBeNull();
  });
});
