import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useLiveApprovals } from './live-approvals.ts';
import { getJson } from './http.ts';

export type Action = 'accept' | 'edit' | 'reject' | 'feedback';

/** A decision as the server recorded it. */
export interface Decision {
  action: string;
  message: string | null;
  /** The arguments that it lets run, as JSON text. */
  arguments: string | null;
  decided_by: string;
  decided_at: string;
}

/** A call that waits for a decision, or waited. Times are ISO 8601. */
export interface Approval {
  id: string;
  call_id: string;
  response_id: string;
  /** The id of the user whose run it is. */
  caller: string;
  mine: boolean;
  dialect: string;
  model: string;
  tool: string;
  server_label: string | null;
  arguments: string;
  parsed_arguments: Record<string, unknown> | null;
  proposed_arguments: string | null;
  /** The JSON schema of the tool's arguments. */
  parameters: Record<string, unknown> | null;
  /** What the assistant said before the call. */
  why: string | null;
  created_at: string;
  expires_at: string | null;
  decision: Decision | null;
  /** The last edit of a call of the same tool in the same run or conversation. */
  earlier: {
    id: string | null;
    proposed_arguments: string;
    arguments: string | null;
    decided_at: string;
    decided_by: string;
  } | null;
}

export interface ApprovalFilters {
  tool?: string | undefined;
  dialect?: string | undefined;
  /** `me`: only approvals of the user's own runs. */
  caller?: 'me' | undefined;
  /** Only calls that have waited for so long. */
  older?: Age | undefined;
}

export const ages = ['5m', '1h', '1d'] as const;
export type Age = (typeof ages)[number];
const msOfAge: Record<Age, number> = { '5m': 300_000, '1h': 3_600_000, '1d': 86_400_000 };

interface Page {
  data: Approval[];
  last_id: string | null;
  has_more: boolean;
}

const pageSize = 50;
/** How often an approval is read again where the stream of changes is away. */
const pollMs = 1_500;

/** Whether an approval fits the filters, at this time. */
export function fits(approval: Approval, { tool, dialect, caller, older }: ApprovalFilters, now: number) {
  return (
    (tool ?? approval.tool) === approval.tool &&
    (dialect ?? approval.dialect) === approval.dialect &&
    (caller === undefined || approval.mine) &&
    (older === undefined || Date.parse(approval.created_at) < now - msOfAge[older])
  );
}

/** A list of the API: of the calls that wait, the oldest first; or of those that were decided, the latest first. */
export function useApprovalPages(status: 'pending' | 'decided', filters: ApprovalFilters, isWanted: boolean) {
  return useInfiniteQuery({
    queryKey: ['approvals', status, filters],
    enabled: isWanted,
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize), status });
      const { tool, dialect, caller, older } = filters;
      const before = older && new Date(Date.now() - msOfAge[older]).toISOString();
      for (const [name, value] of Object.entries({ tool, dialect, caller, created_before: before }))
        if (value) search.set(name, value);
      if (pageParam !== null) search.set('after', pageParam);
      return getJson<Page>(`/v1/approvals?${search}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ has_more: hasMore, last_id: last }) => (hasMore ? last : null),
  });
}

/** An approval as it is now: changes come with the stream, and where that is away by reading again. */
export function useApproval(id: string) {
  const { isCurrent, waiting } = useLiveApprovals();
  const known = waiting.get(id);
  return useQuery({
    queryKey: ['approval', id],
    queryFn: ({ signal }) => getJson<Approval>(`/v1/approvals/${id}`, signal),
    ...(known && { initialData: known }),
    refetchInterval: ({ state: { data } }) => (data?.decision || (data && isCurrent) ? false : pollMs),
  });
}

/** How many calls wait, for the badge of the navigation. */
export function usePendingCount(): { data: number } {
  return { data: useLiveApprovals().waiting.size };
}

/** Whether any call was ever decided: where none waits either, approvals are new to the user. */
export function useIsUnused(isEmpty: boolean): boolean {
  const { data } = useQuery({
    queryKey: ['approvals', 'decided', 'any'],
    enabled: isEmpty,
    queryFn: ({ signal }) => getJson<Page>('/v1/approvals?status=decided&limit=1', signal),
  });
  return isEmpty && data?.data.length === 0;
}
