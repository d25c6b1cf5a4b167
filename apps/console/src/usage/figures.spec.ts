import { expect, it } from 'vitest';
import type { GroupFigures, Usage } from './usage-api.ts';
import { groupAt, keyOf, runFilterOf, seriesOf, totalOf, valueOf } from './figures.ts';

const group = (model: string | null, runs: number, changes: Partial<GroupFigures> = {}): GroupFigures => ({
  object: 'usage.result',
  model,
  num_runs: runs,
  num_failed_runs: 0,
  input_tokens: 0,
  input_uncached_tokens: 0,
  input_cached_tokens: 0,
  input_cache_write_tokens: 0,
  output_tokens: 0,
  output_reasoning_tokens: 0,
  cost: null,
  num_priced_runs: 0,
  ...changes,
});
const groups = [9, 8, 7, 6, 5, 4].map((runs, place) => group(`m${place}`, runs));
const rest = group(null, 3, { object: 'usage.rest' });
const bucket = (results: GroupFigures[]) => ({ start_time: '', end_time: '', results });
const usage: Usage = {
  start_time: '',
  end_time: '',
  bucket: 'day',
  time_zone: 'UTC',
  group_by: ['model'],
  total: group(null, 42),
  groups: [...groups, rest],
  data: [bucket([...groups, rest]), bucket([])],
};

it('divides a bar into its largest groups and the others, which together are the whole', () => {
  const series = seriesOf(usage, 'model', 'runs');
  expect(series).toEqual([
    [9, 0],
    [8, 0],
    [7, 0],
    [6, 0],
    [5, 0],
    [7, 0],
  ]);
  const results = usage.data[0]?.results ?? [];
  expect(series.reduce((sum, [first = 0]) => sum + first, 0)).toBe(valueOf(totalOf(results), 'runs'));
});

it('knows a cost where one of the groups has one', () => {
  expect(totalOf([group('a', 1), group('b', 1, { cost: 0.5 })]).cost).toBe(0.5);
  expect(totalOf([group('a', 1)]).cost).toBeNull();
});

it('leads to the runs of a group', () => {
  expect(runFilterOf(group('gpt', 1), 'model')).toEqual({ model: 'gpt' });
  expect(runFilterOf(group('gpt', 1, { api_key_id: 'key_1' }), 'key')).toEqual({ api_key_id: 'key_1' });
  expect(runFilterOf(group('gpt', 1, { api_key_id: null }), 'key')).toEqual({ api_key_id: 'none' });
  expect(runFilterOf(group('gpt', 1, { provider: 'first' }), 'provider')).toEqual({ provider: 'first' });
  expect(runFilterOf(rest, 'key')).toBeNull();
  expect(keyOf(rest, 'model')).not.toBe(keyOf(group(null, 1), 'model'));
});

it('finds the group of a part of a bar, but none above the bar and in the part of all others', () => {
  const series = seriesOf(usage, 'model', 'runs');
  const modelAt = (value: number) => groupAt(usage, series, { place: 0, value })?.model;
  expect([0, 8.9, 9, 34.9].map(modelAt)).toEqual(['m0', 'm0', 'm1', 'm4']);
  expect([35, 41.9, 42].map(modelAt)).toEqual([undefined, undefined, undefined]);
});
