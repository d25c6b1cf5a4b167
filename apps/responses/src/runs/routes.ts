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
import { RunDetail } from './run-detail.ts';
import { Run, RunList, When } from './run-wire.ts';
import { Timeline } from './timeline.ts';

/** Longer names of tools and texts are of no call and no metadata. */
const textLengthMax = 512;

/** The word for runs without an API key, or without a provider. */
const none = 'none';

const RunsQuery = z
  .object({
    /** The id of a run: the page begins after it. */
    after: z.string().max(128).optional(),
    /** The id of a run: the page ends before it. */
    before: z.string().max(128).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    order: z.enum(['asc', 'desc']).default('desc'),
    status: ResponseStatus.optional(),
    dialect: DialectName.optional(),
    /** As the caller named it, or as the provider did. */
    model: z.string().max(1_000).optional(),
    /** The id of the API key that created the run; `none`: without one. */
    api_key_id: z.string().min(1).max(128).optional(),
    /** The operator's name for the provider that answered last; `none`: none did. */
    provider: z.string().min(1).max(128).optional(),
    /** A tool that the model called, by its name. */
    tool: z.string().min(1).max(textLengthMax).optional(),
    /** Words of the metadata, names included, in any order and case; the last may be the beginning of a word. */
    metadata_text: z.string().min(1).max(textLengthMax).optional(),
    conversation: z.string().max(textLengthMax).optional(),
    /** At this time or later. */
    created_after: When.optional(),
    /** Before this time. */
    created_before: When.optional(),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    path: ['before'],
    error: 'must not be given together with after',
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
    summary: 'A run with its request and response',
    reply: { status: 200, description: 'The run', json: RunDetail },
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
  schemas: { requests: {}, replies: { Run, RunDetail, RunList, Timeline, ErrorReply: OpenaiErrorReply } },
  failure: OpenaiErrorReply,
  routes: Object.values(runRoutes),
};

function decodeFilter(query: z.output<typeof RunsQuery>): ResponseFilter {
  const { after, before, limit, order, status, dialect, model, tool, conversation } = query;
  const { metadata_text: metadataText, created_after: from, created_before: until } = query;
  const { api_key_id: keyId, provider } = query;
  return {
    statuses: status ? [status] : null,
    model: model ?? null,
    conversationId: conversation ?? null,
    metadata: {},
    isShort: true,
    ...(dialect && { dialect }),
    ...(keyId !== undefined && { keyId: keyId === none ? null : keyId }),
    ...(provider !== undefined && { provider: provider === none ? null : provider }),
    ...(tool !== undefined && { tool }),
    ...(metadataText !== undefined && { metadataText }),
    ...(from !== undefined && { createdFromMs: Date.parse(from) }),
    ...(until !== undefined && { createdBeforeMs: Date.parse(until) }),
    after: after ?? null,
    ...(before !== undefined && { before }),
    limit,
    order,
  };
}
