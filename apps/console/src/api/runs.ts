import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { RunStatus } from '../ui/status.tsx';
import { getJson } from './http.ts';
import { noteServerTime } from './server-clock.ts';

/** A row of `GET /v1/runs`. Times are ISO 8601. */
export interface Run {
  id: string;
  dialect: string;
  model: string;
  model_used: string | null;
  provider: string | null;
  api_key_id: string | null;
  status: RunStatus;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  background: boolean;
  conversation_id: string | null;
  previous_run_id: string | null;
  turns: number;
  tool_calls: number;
  /** The names of the called tools, each once. */
  tools: string[];
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

/** A webhook that reports the end of the run. */
export interface Delivery {
  id: string;
  event_type: string;
  url: string;
  status: 'pending' | 'delivered' | 'failed';
  attempts: number;
  last_status_code: number | null;
  last_error: string | null;
}

export interface Timeline {
  run: Run;
  turns: Turn[];
  deliveries?: Delivery[];
  server_time: string;
}

/** A run with what was asked of it and what it answered, as the API's words have them. */
export interface RunDetail extends Run {
  request: Record<string, unknown>;
  response: Record<string, unknown>;
  server_time: string;
}

/** The API's word in a filter for runs without an API key, or without a provider. */
export const none = 'none';

/** The filters of the list, as the address has them. */
export interface RunFilters {
  status?: string | undefined;
  dialect?: string | undefined;
  model?: string | undefined;
  provider?: string | undefined;
  api_key_id?: string | undefined;
  tool?: string | undefined;
  metadata_text?: string | undefined;
  conversation?: string | undefined;
  created_after?: string | undefined;
  created_before?: string | undefined;
}

export const runFilterNames = [
  'status',
  'dialect',
  'model',
  'provider',
  'api_key_id',
  'tool',
  'metadata_text',
  'conversation',
  'created_after',
  'created_before',
] as const satisfies readonly (keyof RunFilters)[];

interface Page {
  data: Run[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
  server_time: string;
}

/** Where a page begins (`after`) or ends (`before`), and at which row of the list. */
interface Cursor {
  after?: string;
  before?: string;
  at: number;
}

/** A page of the list, with the place of its first row. */
export interface RunPage extends Page {
  start: number;
  cursor: Cursor;
}

export const runPageSize = 50;
/** So many pages are kept and refreshed, however far the list was scrolled. */
const pagesMax = 4;
const runningPollMs = 2_000;
const ends: readonly RunStatus[] = ['completed', 'incomplete', 'failed', 'cancelled'];

export function isOver({ status }: Run): boolean {
  return ends.includes(status);
}

/** How long a run has lasted, in milliseconds: until its end, or until `now` by the server's clock. */
export function lastedMs(run: Run, now: number): number {
  const from = Date.parse(run.started_at ?? run.created_at);
  return Math.max(0, (run.completed_at === null ? now : Date.parse(run.completed_at)) - from);
}

const firstCursor: Cursor = { at: 0 };

/** The runs that fit the filters, newest first: a window of pages that moves in both directions. */
export function useRuns(filters: RunFilters) {
  return useInfiniteQuery({
    queryKey: ['runs', filters],
    queryFn: ({ pageParam, signal }) => readPage(filters, pageParam, signal),
    initialPageParam: firstCursor,
    maxPages: pagesMax,
    getNextPageParam: ({ data, last_id: last, has_more: hasMore, start, cursor }): Cursor | undefined => {
      // A page before a run has that run after it.
      if (!hasMore && cursor.before === undefined) return undefined;
      return last === null ? firstCursor : { after: last, at: start + data.length };
    },
    getPreviousPageParam: ({ first_id: first, has_more: hasMore, start, cursor }): Cursor | undefined => {
      const isFirst = cursor.before === undefined ? cursor.after === undefined : !hasMore;
      return isFirst || first === null ? undefined : { before: first, at: start };
    },
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some((run) => !isOver(run))) ? runningPollMs : false,
  });
}

async function readPage(filters: RunFilters, cursor: Cursor, signal: AbortSignal): Promise<RunPage> {
  const { after, before, at } = cursor;
  const search = new URLSearchParams({ limit: String(runPageSize) });
  for (const [name, value] of Object.entries({ ...filters, after, before }))
    if (value) search.set(name, value);
  const page = await getJson<Page>(`/v1/runs?${search}`, signal);
  noteServerTime(page.server_time);
  return { ...page, cursor, start: before === undefined ? at : at - page.data.length };
}

/** A run's request and response; read again when its status changes. */
export function useRunDetail({ id, status }: Run) {
  return useQuery({
    queryKey: ['run', id, status],
    queryFn: ({ signal }) => getJson<RunDetail>(`/v1/runs/${id}`, signal),
  });
}
