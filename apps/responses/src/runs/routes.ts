import {
  type Api,
  decoded,
  decodedBy,
  defineRoute,
  DialectName,
  read,
  type ResponseFilter,
  ResponseStatus,
} from '@antiphon/contracts';
import { OpenaiErrorReply } from '@antiphon/dialects';
import { z } from 'zod';
import { Run, RunList, When } from './run-wire.ts';
import { Timeline } from './timeline.ts';

const RunsQuery = z.object({
  after: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  status: ResponseStatus.optional(),
  dialect: DialectName.optional(),
  /** As the caller named it, or as the provider did. */
  model: z.string().max(1_000).optional(),
  /** At this time or later. */
  created_after: When.optional(),
  /** Before this time. */
  created_before: When.optional(),
});

/** `stream=true`, or `Accept: text/event-stream`: the timeline now and after each change, until nothing changes any more. */
const TimelineQuery = z.object({ stream: z.enum(['true', 'false']).optional() });

const one = '/v1/runs/{id}';

export const runRoutes = {
  list: defineRoute({
    method: 'get',
    path: '/v1/runs',
    name: 'listRuns',
    summary: 'Your runs in all dialects, newest first',
    query: decoded(RunsQuery, decodeFilter),
    reply: { status: 200, description: 'A page of runs', json: RunList },
  }),
  retrieve: defineRoute({
    method: 'get',
    path: one,
    name: 'retrieveRun',
    summary: 'A run',
    reply: { status: 200, description: 'The run', json: Run },
  }),
  timeline: defineRoute({
    method: 'get',
    path: `${one}/timeline`,
    name: 'retrieveTimeline',
    summary:
      'The turns of a run with their model requests and tool calls, its pauses and webhook deliveries; live as a stream',
    query: decodedBy(TimelineQuery, (query, { headers: { accept = '' } }) => ({
      isLive: read(TimelineQuery, query).stream === 'true' || String(accept).includes('text/event-stream'),
    })),
    reply: { status: 200, description: 'The timeline', json: Timeline, event: Timeline },
  }),
  output: defineRoute({
    method: 'get',
    path: `${one}/calls/{call_id}/output`,
    name: 'downloadOutput',
    summary: 'The whole text of the output of a tool call',
    reply: { status: 200, description: 'The text', isFile: true },
  }),
};

export const runsApi: Api = {
  name: 'runs',
  title: 'Antiphon: runs',
  schemas: { requests: {}, replies: { Run, RunList, Timeline, ErrorReply: OpenaiErrorReply } },
  failure: OpenaiErrorReply,
  routes: Object.values(runRoutes),
};

function decodeFilter(query: z.output<typeof RunsQuery>): ResponseFilter {
  const { after, limit, order, status, dialect, model, created_after: from, created_before: before } = query;
  return {
    statuses: status ? [status] : null,
    model: model ?? null,
    conversationId: null,
    metadata: {},
    ...(dialect && { dialect }),
    ...(from !== undefined && { createdFromMs: Date.parse(from) }),
    ...(before !== undefined && { createdBeforeMs: Date.parse(before) }),
    after: after ?? null,
    limit,
    order,
  };
}
