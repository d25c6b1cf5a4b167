import type { BucketWidth } from './usage-api.ts';
import type { Measure } from './figures.ts';

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

export function formatCount(value: number): string {
  return whole.format(value);
}

export function formatCompact(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** US dollars: cents, or the first digits of a smaller amount. */
export function formatCost(value: number | null): string {
  if (value === null) return '–';
  const digits = value !== 0 && value < 0.1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD', ...digits }).format(value);
}

export function formatMeasure(value: number, measure: Measure): string {
  return measure === 'cost' ? formatCost(value) : formatCompact(value);
}

const parts: Record<BucketWidth, Intl.DateTimeFormatOptions> = {
  hour: { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'short', month: 'short', day: 'numeric' },
  week: { month: 'short', day: 'numeric', year: 'numeric' },
  month: { month: 'short', year: 'numeric' },
};
const shortParts: Record<BucketWidth, Intl.DateTimeFormatOptions> = {
  hour: { hour: '2-digit', minute: '2-digit' },
  day: { month: 'short', day: 'numeric' },
  week: { month: 'short', day: 'numeric' },
  month: { month: 'short' },
};

/** The beginning of a bucket, in its zone. */
export function bucketLabel(
  iso: string,
  { bucket, zone, isShort = false }: { bucket: BucketWidth; zone: string; isShort?: boolean },
): string {
  const format = isShort ? shortParts[bucket] : parts[bucket];
  return new Intl.DateTimeFormat(undefined, { timeZone: zone, ...format }).format(new Date(iso));
}
