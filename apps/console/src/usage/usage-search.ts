import { usageGroupings, type UsageGrouping } from './usage-api.ts';
import { type Measure, measures } from './figures.ts';
import { type RangeChoice, ranges } from './range.ts';

/** What the address says of the page of usage. */
export interface UsageSearch extends Partial<RangeChoice> {
  group?: UsageGrouping | undefined;
  measure?: Measure | undefined;
}

/** What is valid of an address; the rest is left out. */
export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const { range, group, measure, from, to } = search;
  const known = {
    range: ranges.find((name) => name === range),
    group: usageGroupings.find((name) => name === group),
    measure: measures.find((name) => name === measure),
    from: isDate(from) ? from : undefined,
    to: isDate(to) ? to : undefined,
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

function isDate(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
}
