import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getJson } from './http.ts';
import type { WireResponse } from './items.ts';
import { isOver, type Run } from './runs.ts';

/** A row of `GET /api/v1/conversations`. Times are ISO 8601. */
export interface Conversation {
  id: string;
  /** The beginning of the first message. */
  preview: string;
  created_at: string;
  updated_at: string;
}

const pageSize = 50;
const runningPollMs = 1_000;
const turnsMax = 500;
const turnsPageSize = 100;

/** The conversations of the caller, newest first, a page at a time. */
export function useConversations() {
  return useInfiniteQuery({
    queryKey: ['conversations'],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize), ...(pageParam && { after: pageParam }) });
      return getJson<{ conversations: Conversation[]; has_more: boolean }>(
        `/api/v1/conversations?${search}`,
        signal,
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ has_more: hasMore, conversations }) => (hasMore && conversations.at(-1)?.id) || null,
  });
}

/** The newest runs of a conversation, oldest first: its turns, with those of all branches. */
export function useTurns(id: string) {
  return useQuery({
    queryKey: ['turns', id],
    queryFn: async ({ signal }) => {
      const turns: Run[] = [];
      for (let after: string | null = ''; after !== null && turns.length < turnsMax;) {
        const search: string = new URLSearchParams({
          conversation: id,
          limit: String(turnsPageSize),
          ...(after && { after }),
        }).toString();
        const page: { data: Run[]; has_more: boolean; last_id: string | null } = await getJson(
          `/v1/runs?${search}`,
          signal,
        );
        turns.push(...page.data);
        after = page.has_more ? page.last_id : null;
      }
      return turns.toReversed();
    },
    refetchInterval: ({ state }) => (state.data?.some((run) => !isOver(run)) ? runningPollMs : false),
  });
}

/** What a run answered, as items of `/v1`; read again when its status changes. */
export function useAnswer(run: Run) {
  return useQuery({
    queryKey: ['answer', run.id, run.status],
    queryFn: ({ signal }) => getJson<WireResponse>(`/v1/responses/${run.id}`, signal),
  });
}
