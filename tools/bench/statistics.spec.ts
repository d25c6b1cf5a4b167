import { describe, expect, it } from 'vitest';
import { median, percentile, ratio, spread } from './statistics.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, place) => 100 - place);

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('%d of 1 to 100 is %d', (rank, value) => {
    expect(percentile(hundred, rank)).toBe(value);
  });

  it('is the only value of one, and not a number of none', () => {
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('median', () => {
  it('is the middle value, or the mean of the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe('spread', () => {
  it('is the range as a share of the median', () => {
    expect(spread([9, 10, 12])).toBeCloseTo(0.3);
    expect(spread([5])).toBe(0);
    expect(spread([0, 0])).toBe(0);
  });
});

describe('ratio', () => {
  it('compares round by round, so that a slow round counts as any other', () => {
    expect(ratio([10, 100, 20], [5, 50, 10])).toBe(2);
  });

  it('is null where a round cannot be compared', () => {
    expect(ratio([1, 2], [1])).toBeNull();
    expect(ratio([1], [0])).toBeNull();
    expect(ratio([1, 1], [2, -1])).toBeNull();
    expect(ratio([], [])).toBeNull();
  });
});
