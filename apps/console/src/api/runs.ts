import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { RunStatus } from '../ui/status.tsx';
import { getJson } from './http.ts';

/** A row of `GET /v1/runs`. Times are ISO 8601. */
export interface Run {
  id: string;
  dialect: string;
  model: string;
  model_used: string | null;
  provider: string | null;
  status: RunStatus;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  background: boolean;
  turns: number;
  tool_calls: number;
  pending_approvals: number;
  usage: { input_tokens: number; output_tokens: number; total_tokens: number };
  /** In US dollars; null where no price is known. */
  cost: number | null;
  error: { code: string; message: string } | null;
  preview: string;
  metadata: Record<string, unknown>;
}

export interface Attempt {
  provider: string;
  model: string;
  /** `ok`, or the code of an error. */
  outcome: string;
  duration_ms: number;
}

export interface ToolCall {
  call_id: string;
  item_id: string;
  name: string;
  server_label: string | null;
  arguments: string;
  proposed_arguments: string | null;
  output_head: string | null;
  output_bytes: number | null;
  error: { code: string; message: string } | null;
  state: string;
  started_at: string | null;
  duration_ms: number | null;
  approval: {
    requested_at: string | null;
    decided_at: string | null;
    decided_by: string | null;
    action: string | null;
    message: string | null;
  } | null;
}

/** One request to a model within a turn. */
export interface ModelRequest {
  started_at: string;
  duration_ms: number;
  first_token_ms: number | null;
  outcome: string;
  provider: string | null;
  model_used: string | null;
  usage: Run['usage'];
  cost: number | null;
  attempts: Attempt[];
}

export interface Turn {
  index: number;
  model_requests: ModelRequest[];
  tool_calls: ToolCall[];
  message_preview: string | null;
}

export interface Timeline {
  run: Run;
  turns: Turn[];
}

/** The filters of the list, as the address has them. */
export interface RunFilters {
  status?: string | undefined;
  dialect?: string | undefined;
  model?: string | undefined;
  created_after?: string | undefined;
  created_before?: string | undefined;
}

export const runFilterNames = [
  'status',
  'dialect',
  'model',
  'created_after',
  'created_before',
] as const satisfies readonly (keyof RunFilters)[];

interface Page {
  data: Run[];
  last_id: string | null;
  has_more: boolean;
}

const pageSize = 50;
const runningPollMs = 1_000;
const ends: readonly RunStatus[] = ['completed', 'incomplete', 'failed', 'cancelled'];

export function isOver({ status }: Run): boolean {
  return ends.includes(status);
}

/** The runs that fit the filters, newest first, a page at a time. */
export function useRuns(filters: RunFilters) {
  return useInfiniteQuery({
    queryKey: ['runs', filters],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize) });
      for (const [name, value] of Object.entries(filters) as [string, string | undefined][])
        if (value) search.set(name, value);
      if (pageParam !== null) search.set('after', pageParam);
      return getJson<Page>(`/v1/runs?${search}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ has_more: hasMore, last_id: last }) => (hasMore ? last : null),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.data.some((run) => !isOver(run)) ? 2 * runningPollMs : false,
  });
}

/** A run with its turns, read again each second while it goes on. */
export function useTimeline(id: string) {
  return useQuery({
    queryKey: ['timeline', id],
    queryFn: ({ signal }) => getJson<Timeline>(`/v1/runs/${id}/timeline`, signal),
    refetchInterval: ({ state }) => (state.data && !isOver(state.data.run) ? runningPollMs : false),
  });
}
