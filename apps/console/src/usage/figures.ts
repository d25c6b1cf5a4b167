import { none, type RunFilters } from '../api/runs.ts';
import type { Figures, GroupFigures, Usage, UsageGrouping } from './usage-api.ts';
import { t } from '../i18n/t.ts';

/** What the bars show. */
export const measures = ['tokens', 'cost', 'runs'] as const;
export type Measure = (typeof measures)[number];

/** How many groups have a colour of their own; the others share one. */
export const colouredMax = 5;

export function valueOf(figures: Figures, measure: Measure): number {
  if (measure === 'tokens') return figures.input_tokens + figures.output_tokens;
  return measure === 'cost' ? (figures.cost ?? 0) : figures.num_runs;
}

/** A group by which rows of buckets are found again. */
export function keyOf(group: GroupFigures, by: UsageGrouping): string {
  if (group.object === 'usage.rest') return '';
  return `=${fieldOf(group, by) ?? ''}`;
}

/** The name of a group for people. */
export function nameOf(group: GroupFigures, by: UsageGrouping): string {
  if (group.object === 'usage.rest') return t('usage.group.rest');
  const value = fieldOf(group, by);
  if (by !== 'key') return value ?? t('usage.group.none');
  if (value === null) return t('usage.group.noKey');
  return group.api_key_name ?? t('usage.group.deletedKey', { id: value });
}

/** The filters of the list of runs that lead to a group's runs; null for the sum of several groups. */
export function runFilterOf(group: GroupFigures, by: UsageGrouping): RunFilters | null {
  if (group.object === 'usage.rest') return null;
  return { [fields[by]]: fieldOf(group, by) ?? none };
}

/** The group whose part of a bar is at this value; null above the bar, and where all other groups share a part. */
export function groupAt(
  usage: Usage,
  series: readonly number[][],
  { place, value }: { place: number; value: number },
): GroupFigures | null {
  let top = 0;
  const part = series.findIndex((values) => value < (top += values[place] ?? 0));
  return part < colouredMax ? (usage.groups[part] ?? null) : null;
}

/** Each coloured group's value in each bucket, and that of all others as the last. Together they are the whole bar. */
export function seriesOf(usage: Usage, by: UsageGrouping, measure: Measure): number[][] {
  const keys = usage.groups.slice(0, colouredMax).map((group) => keyOf(group, by));
  const rows = keys.map((key) =>
    usage.data.map(({ results }) =>
      sum(
        results.filter((group) => keyOf(group, by) === key),
        measure,
      ),
    ),
  );
  const others = usage.data.map(({ results }) =>
    sum(
      results.filter((group) => !keys.includes(keyOf(group, by))),
      measure,
    ),
  );
  return usage.groups.length > colouredMax ? [...rows, others] : rows;
}

/** The figures of a bucket, over its groups. */
export function totalOf(results: readonly GroupFigures[]): Figures {
  const add = (name: Exclude<keyof Figures, 'cost'>) =>
    results.reduce((total, figures) => total + figures[name], 0);
  return {
    num_runs: add('num_runs'),
    num_failed_runs: add('num_failed_runs'),
    input_tokens: add('input_tokens'),
    input_uncached_tokens: add('input_uncached_tokens'),
    input_cached_tokens: add('input_cached_tokens'),
    input_cache_write_tokens: add('input_cache_write_tokens'),
    output_tokens: add('output_tokens'),
    output_reasoning_tokens: add('output_reasoning_tokens'),
    cost: results.some(({ cost }) => cost !== null)
      ? results.reduce((total, { cost }) => total + (cost ?? 0), 0)
      : null,
    num_priced_runs: add('num_priced_runs'),
  };
}

function sum(groups: readonly GroupFigures[], measure: Measure): number {
  return groups.reduce((total, group) => total + valueOf(group, measure), 0);
}

/** The fields of the groupings, which are also the names of the filters of runs. */
const fields = { model: 'model', key: 'api_key_id', provider: 'provider', dialect: 'dialect' } as const;

function fieldOf(group: GroupFigures, by: UsageGrouping): string | null {
  return group[fields[by]] ?? null;
}
