import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getJson } from './http.ts';

export type Action = 'accept' | 'edit' | 'reject' | 'feedback';

/** A decision as the server recorded it. */
export interface Decision {
  action: string;
  decided_by: string;
  decided_at: string;
  message: string | null;
}

/** A call that waits for a decision, or waited. Times are ISO 8601. */
export interface Approval {
  id: string;
  call_id: string;
  response_id: string;
  dialect: string;
  model: string;
  tool: string;
  server_label: string | null;
  arguments: string;
  proposed_arguments: string | null;
  /** What the assistant wrote before the call. */
  assistant_text: string | null;
  created_at: string;
  decision: Decision | null;
}

export interface ApprovalFilters {
  status?: 'pending' | 'decided' | undefined;
  tool?: string | undefined;
}

interface Page {
  data: Approval[];
  last_id: string | null;
  has_more: boolean;
}

const pageSize = 50;
/** A decision of another person shows within two seconds. */
const pollMs = 1_500;

/** The calls that wait for a decision of the caller, oldest first; or those that were decided. */
export function useApprovals(filters: ApprovalFilters) {
  return useInfiniteQuery({
    queryKey: ['approvals', filters],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize), status: filters.status ?? 'pending' });
      if (filters.tool) search.set('tool', filters.tool);
      if (pageParam !== null) search.set('after', pageParam);
      return getJson<Page>(`/v1/approvals?${search}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ has_more: hasMore, last_id: last }) => (hasMore ? last : null),
    refetchInterval: pollMs,
  });
}

export function useApproval(id: string) {
  return useQuery({
    queryKey: ['approval', id],
    queryFn: ({ signal }) => getJson<Approval>(`/v1/approvals/${id}`, signal),
    refetchInterval: ({ state }) => (state.data?.decision ? false : pollMs),
  });
}

/** How many calls wait, for the badge of the navigation: at most 100 are counted. */
export function usePendingCount() {
  return useQuery({
    queryKey: ['approvals', 'count'],
    queryFn: ({ signal }) => getJson<Page>('/v1/approvals?status=pending&limit=100', signal),
    select: ({ data }) => data.length,
    refetchInterval: pollMs,
  });
}
