import { clockIn } from '../ui/text/zoned-time.ts';
import type { BucketWidth } from './usage-api.ts';

/** The ranges of the page; `custom` is from one date to another, both included. */
export const ranges = ['24h', '7d', '30d', '90d', '12m', 'custom'] as const;
export type Range = (typeof ranges)[number];

export interface RangeChoice {
  range: Range;
  /** Dates as 2026-01-31; of `custom` only. */
  from?: string | undefined;
  to?: string | undefined;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const days: Partial<Record<Range, number>> = { '7d': 7, '30d': 30, '90d': 90 };

/** The bounds of a range as the API takes them. Dates are days of the zone, so that summer time moves no bound; hours are those of its clock. */
export function boundsOf(
  { range, from, to }: RangeChoice,
  zone: string,
  nowMs: number,
): { from: string; to: string; bucket: BucketWidth } {
  if (range === '24h') {
    const minutes = Number(clockIn(zone, nowMs).split(':')[1]);
    const endMs = (Math.floor(nowMs / minuteMs) + 60 - minutes) * minuteMs;
    return { from: new Date(endMs - dayMs).toISOString(), to: new Date(endMs).toISOString(), bucket: 'hour' };
  }
  const today = dateIn(zone, nowMs);
  if (range === '12m') return { from: monthsBefore(today, 11), to: daysAfter(today, 1), bucket: 'month' };
  if (range !== 'custom')
    return { from: daysAfter(today, 1 - (days[range] ?? 7)), to: daysAfter(today, 1), bucket: 'day' };
  const last = to ?? today;
  const first = from ?? daysAfter(last, -6);
  const span = (Date.parse(last) - Date.parse(first)) / dayMs + 1;
  return { from: first, to: daysAfter(last, 1), bucket: bucketFor(span) };
}

/** The smallest bucket with a readable number of bars. */
function bucketFor(spanDays: number): BucketWidth {
  if (spanDays <= 2) return 'hour';
  if (spanDays <= 92) return 'day';
  return spanDays <= 730 ? 'week' : 'month';
}

/** The date that the zone's calendar shows. */
export function dateIn(zone: string, ms: number): string {
  return clockIn(zone, ms).slice(0, 'yyyy-mm-dd'.length);
}

export function daysAfter(date: string, count: number): string {
  return new Date(Date.parse(date) + count * dayMs).toISOString().slice(0, 10);
}

function monthsBefore(date: string, count: number): string {
  const [year = 0, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 - count, 1)).toISOString().slice(0, 10);
}
