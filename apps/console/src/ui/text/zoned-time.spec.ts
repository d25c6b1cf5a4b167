import { expect, it } from 'vitest';
import { clockIn, momentOf } from './zoned-time.ts';

it.each([
  ['UTC', '2026-01-31T00:00', '2026-01-31T00:00Z'],
  ['Asia/Tokyo', '2026-02-01T00:00', '2026-01-31T15:00Z'],
  ['Asia/Kathmandu', '2026-02-01T00:00', '2026-01-31T18:15Z'],
  ['Europe/Berlin', '2026-03-29T00:00', '2026-03-28T23:00Z'],
  ['Europe/Berlin', '2026-03-30T00:00', '2026-03-29T22:00Z'],
  ['America/New_York', '2026-10-31T23:59', '2026-11-01T03:59Z'],
  ['America/New_York', '2026-11-01T12:00', '2026-11-01T17:00Z'],
  ['UTC', '0026-11-01T12:00', '0026-11-01T12:00Z'],
])('in %s it is %s at %s', (zone, clock, utc) => {
  expect(new Date(momentOf(clock, zone)).toISOString()).toBe(new Date(utc).toISOString());
  expect(clockIn(zone, Date.parse(utc))).toBe(clock);
});

it('takes the first of two moments, and a moment beside those that the clock leaves out', () => {
  const utcOf = (clock: string, zone: string) => new Date(momentOf(clock, zone)).toISOString();
  expect(utcOf('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
  expect(utcOf('2026-11-01T01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
  expect(utcOf('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T00:30:00.000Z');
});
