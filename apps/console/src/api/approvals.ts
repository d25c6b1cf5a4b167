import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { streamEvents } from './event-stream.ts';
import { ApiError, getJson } from './http.ts';

export type Action = 'accept' | 'edit' | 'reject' | 'feedback';

/** A decision as the server recorded it. */
export interface Decision {
  action: Action;
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
  /** JSON Schema of the arguments; null where it is not known. */
  schema: Record<string, unknown> | null;
  /** What the assistant wrote before the call. */
  assistant_text: string | null;
  created_at: string;
  expires_at: string | null;
  user_id: string;
  mine: boolean;
  decision: Decision | null;
}

export interface ApprovalFilters {
  status?: 'pending' | 'decided' | undefined;
  tool?: string | undefined;
  dialect?: string | undefined;
}

interface Page {
  data: Approval[];
  last_id: string | null;
  has_more: boolean;
}

const pageSize = 50;
const reconnectMs = 3_000;

/** The calls that wait for a decision of the caller, oldest first; or those that were decided. */
export function useApprovals(filters: ApprovalFilters) {
  return useInfiniteQuery({
    queryKey: ['approvals', filters],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize), status: filters.status ?? 'pending' });
      for (const name of ['tool', 'dialect'] as const) if (filters[name]) search.set(name, filters[name]);
      if (pageParam !== null) search.set('after', pageParam);
      return getJson<Page>(`/v1/approvals?${search}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ has_more: hasMore, last_id: last }) => (hasMore ? last : null),
  });
}

export function useApproval(id: string) {
  return useQuery({
    queryKey: ['approval', id],
    queryFn: ({ signal }) => getJson<Approval>(`/v1/approvals/${id}`, signal),
  });
}

/** How many calls wait; the badge of the navigation. At most 100 are counted. */
export function usePendingCount() {
  return useQuery({
    queryKey: ['approvals', 'count'],
    queryFn: ({ signal }) => getJson<Page>('/v1/approvals?status=pending&limit=100', signal),
    select: ({ data }) => data.length,
  });
}

/** Reads the lists again at each change on the server, as long as a page shows them. */
export function useApprovalChanges(): void {
  const client = useQueryClient();
  useEffect(() => {
    const left = new AbortController();
    void follow(left.signal, (id) => {
      void client.invalidateQueries({ queryKey: ['approvals'] });
      if (id !== null) void client.invalidateQueries({ queryKey: ['approval', id] });
    });
    return () => left.abort();
  }, [client]);
}

async function follow(signal: AbortSignal, changed: (id: string | null) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { type, approval } of streamEvents('/v1/approvals/events', { signal }))
        if (type === 'approval.created' || type === 'approval.decided')
          changed((approval as Approval | undefined)?.id ?? null);
    } catch (error) {
      // A refusal stays one: the lists are still read when the page is opened.
      if (error instanceof ApiError && !error.isAway) return;
    }
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, reconnectMs));
    changed(null);
  }
}
