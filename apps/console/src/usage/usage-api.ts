import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getJson } from '../api/http.ts';

/** Sums over runs. Money in US dollars; null where no price is known. */
export interface Figures {
  num_runs: number;
  num_failed_runs: number;
  input_tokens: number;
  input_uncached_tokens: number;
  input_cached_tokens: number;
  input_cache_write_tokens: number;
  output_tokens: number;
  output_reasoning_tokens: number;
  cost: number | null;
  num_priced_runs: number;
}

export interface GroupFigures extends Figures {
  /** `usage.rest`: the sum of the groups beyond the largest. */
  object: 'usage.result' | 'usage.rest';
  model?: string | null;
  provider?: string | null;
  api_key_id?: string | null;
  api_key_name?: string | null;
  dialect?: string | null;
}

export interface Bucket {
  start_time: string;
  /** Excluded. */
  end_time: string;
  results: GroupFigures[];
}

/** The answer of `GET /v1/usage`. Times are ISO 8601; the buckets add up to the range. */
export interface Usage {
  start_time: string;
  end_time: string;
  bucket: BucketWidth;
  time_zone: string;
  /** As the page asks for it, one. */
  group_by: [UsageGrouping];
  total: Figures;
  groups: GroupFigures[];
  data: Bucket[];
}

export type BucketWidth = 'hour' | 'day' | 'week' | 'month';
export const usageGroupings = ['model', 'key', 'provider', 'dialect'] as const;
export type UsageGrouping = (typeof usageGroupings)[number];

export interface UsageQuery {
  from: string;
  to: string;
  bucket: BucketWidth;
  time_zone: string;
  group_by: UsageGrouping;
}

/** One request, however many runs are behind the figures. The last answer stays until the next one is there. */
export function useUsage(query: UsageQuery) {
  return useQuery({
    queryKey: ['usage', query],
    queryFn: ({ signal }) => getJson<Usage>(`/v1/usage?${new URLSearchParams({ ...query })}`, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
