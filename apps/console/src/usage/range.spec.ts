import { expect, it } from 'vitest';
import { boundsOf, dateIn } from './range.ts';

const berlin = 'Europe/Berlin';
/** 00:30 on the day after, in Berlin. */
const now = Date.parse('2026-03-29T22:30:00Z');

it('begins and ends with days of the zone', () => {
  expect(dateIn(berlin, now)).toBe('2026-03-30');
  expect(dateIn('UTC', now)).toBe('2026-03-29');
  expect(boundsOf({ range: '7d' }, berlin, now)).toEqual({
    from: '2026-03-24',
    to: '2026-03-31',
    bucket: 'day',
  });
  expect(boundsOf({ range: '12m' }, 'UTC', now)).toEqual({
    from: '2025-04-01',
    to: '2026-03-30',
    bucket: 'month',
  });
});

it('has 24 whole hours up to the one that goes on', () => {
  expect(boundsOf({ range: '24h' }, berlin, now)).toEqual({
    from: '2026-03-28T23:00:00.000Z',
    to: '2026-03-29T23:00:00.000Z',
    bucket: 'hour',
  });
  // There it is 04:15.
  expect(boundsOf({ range: '24h' }, 'Asia/Kathmandu', now)).toMatchObject({
    from: '2026-03-28T23:15:00.000Z',
    to: '2026-03-29T23:15:00.000Z',
  });
});

it.each([
  ['2026-03-29', '2026-03-30', 'hour'],
  ['2026-01-01', '2026-03-31', 'day'],
  ['2025-01-01', '2026-03-31', 'week'],
  ['2020-01-01', '2026-03-31', 'month'],
])('includes both dates of %s to %s, by %s', (from, to, bucket) => {
  const bounds = boundsOf({ range: 'custom', from, to }, berlin, now);
  expect([bounds.from, bounds.bucket]).toEqual([from, bucket]);
  expect(Date.parse(bounds.to) - Date.parse(to)).toBe(86_400_000);
});
