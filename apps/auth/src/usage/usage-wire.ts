import { z } from 'zod';
import { bucketWidths, type UsageQuery, usageGroups } from './usage-query.ts';
import type { UsageSummary, UsageSums } from './usage.store.ts';

/* The answer of GET /v1/usage. Fields that OpenAI's /v1/organization/usage has bear its names. */

const Time = z.iso.datetime();
const Count = z.int().nonnegative();

const Figures = z.looseObject({
  num_runs: Count,
  num_failed_runs: Count,
  /** All of them. */
  input_tokens: Count,
  /** The parts of `input_tokens`: neither read from the provider's cache nor written to it, read from it, written to it. */
  input_uncached_tokens: Count,
  input_cached_tokens: Count,
  input_cache_write_tokens: Count,
  output_tokens: Count,
  /** A part of `output_tokens`. */
  output_reasoning_tokens: Count,
  /** US dollars by list prices, of the runs with a known price; null where there is none. */
  cost: z.number().nullable(),
  num_priced_runs: Count,
});
const Group = Figures.extend({
  /** `rest`: the sum of the groups beyond the largest. */
  object: z.enum(['usage.result', 'usage.rest']),
  /** Each of these where `group_by` names it; null for none. */
  model: z.string().nullable().optional(),
  provider: z.string().nullable().optional(),
  api_key_id: z.string().nullable().optional(),
  /** Null for a key that was deleted. */
  api_key_name: z.string().nullable().optional(),
  dialect: z.string().nullable().optional(),
  user_id: z.string().nullable().optional(),
});
export const Usage = z.looseObject({
  object: z.literal('usage'),
  start_time: Time,
  /** Excluded. */
  end_time: Time,
  bucket: z.enum(bucketWidths),
  time_zone: z.string(),
  group_by: z.array(z.string()),
  total: Figures,
  /** The figures of the range by group, the one with the most tokens first. */
  groups: z.array(Group),
  /** Every bucket of the range in its order; together they are the range. */
  data: z.array(
    z.looseObject({
      object: z.literal('bucket'),
      start_time: Time,
      end_time: Time,
      results: z.array(Group),
    }),
  ),
});

export function encodeUsageSummary(query: UsageQuery, summary: UsageSummary): z.input<typeof Usage> {
  const { starts, end, total, groups, series, keyNames } = summary;
  const encodeGroup = (sums: UsageSums): z.input<typeof Group> => ({
    object: sums.isRest ? 'usage.rest' : 'usage.result',
    ...Object.fromEntries(
      query.groupBy.map((name) => [
        usageGroups[name].field,
        sums.group[usageGroups[name].column] || null, // empty text is none
      ]),
    ),
    ...(query.groupBy.includes('key') && {
      api_key_name: keyNames.get(sums.group['key_id'] ?? '') ?? null,
    }),
    ...encodeFigures(sums),
  });
  const bounds = [...starts, end].map((time) => time.toISOString());
  const inBucket = Map.groupBy(series, ({ bucket }) => bucket);
  return {
    object: 'usage',
    start_time: bounds[0] ?? '',
    end_time: end.toISOString(),
    bucket: query.bucket,
    time_zone: query.timeZone,
    group_by: [...query.groupBy],
    total: encodeFigures(total),
    groups: groups.map(encodeGroup),
    data: starts.map((start, place) => ({
      object: 'bucket',
      start_time: start.toISOString(),
      end_time: bounds[place + 1] ?? '',
      results: (inBucket.get(place + 1) ?? []).map(encodeGroup),
    })),
  };
}

/** Without usage the sums of PostgreSQL are null. */
function encodeFigures(sums: UsageSums | undefined): z.input<typeof Figures> {
  const input = Number(sums?.input_tokens ?? 0);
  const cached = Number(sums?.cached_tokens ?? 0);
  const written = Number(sums?.cache_write_tokens ?? 0);
  const priced = Number(sums?.priced_runs ?? 0);
  return {
    num_runs: Number(sums?.runs ?? 0),
    num_failed_runs: Number(sums?.failed_runs ?? 0),
    input_tokens: input,
    input_uncached_tokens: Math.max(0, input - cached - written),
    input_cached_tokens: cached,
    input_cache_write_tokens: written,
    output_tokens: Number(sums?.output_tokens ?? 0),
    output_reasoning_tokens: Number(sums?.reasoning_tokens ?? 0),
    cost: priced === 0 ? null : Number(sums?.cost),
    num_priced_runs: priced,
  };
}
