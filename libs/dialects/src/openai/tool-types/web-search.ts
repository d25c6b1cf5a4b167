import {
  type FunctionCallItem,
  JsonObject,
  read,
  type SearchLocation,
  type WebSearchDetail,
} from '@antiphon/contracts';
import { z } from 'zod';
import { argumentsOf } from '../../common/call-arguments.ts';
import { announceHostedCall, hostedCallItems, hostedCallStatus } from './hosted-call.ts';
import type { CallProgress, ToolType, WireItem } from './tool-type.ts';

const domainsMax = 100;
const Domains = z.array(z.string().min(1).max(253)).max(domainsMax);
const Place = z.string().max(200).nullish();

export const UserLocation = z.object({
  type: z.literal('approximate').nullish(),
  city: Place,
  region: Place,
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be a country as two letters')
    .nullish(),
  timezone: Place,
});

export const WebSearchFilters = z.object({
  allowed_domains: Domains.nullish(),
  blocked_domains: Domains.nullish(),
});

export const WebSearchTool = z.object({
  external_web_access: z.boolean().nullish(),
  filters: WebSearchFilters.nullish(),
  search_context_size: z.enum(['low', 'medium', 'high']).nullish(),
  user_location: UserLocation.nullish(),
  search_content_types: z
    .array(z.enum(['text', 'image']))
    .refine((types) => types.includes('text'), 'must have "text": results are text')
    .nullish(),
});

const Call = z.object({
  id: z.string().min(1).max(128),
  action: z.unknown().optional(),
});
const Action = z.union([
  z.object({
    type: z.literal('search'),
    query: z.string().nullish(),
    queries: z.array(z.string()).nullish(),
    sources: z.array(z.object({ url: z.string() })).nullish(),
  }),
  z.object({ type: z.literal('open_page'), url: z.string().nullish() }),
  z.object({ type: z.literal('find_in_page'), url: z.string(), pattern: z.string() }),
]);

const openPage = 'web_search_open_page';
const findInPage = 'web_search_find_in_page';

/** Web search: the model searches, opens pages and finds text in them. */
export const webSearch: ToolType = {
  kind: 'web_search',
  types: ['web_search', 'web_search_2025_08_26', 'web_search_preview', 'web_search_preview_2025_03_11'],
  isNamed: false,

  decode(tool, path) {
    const wire = read(WebSearchTool, tool, path);
    return {
      kind: 'web_search',
      options: {
        allowedDomains: wire.filters?.allowed_domains ?? [],
        blockedDomains: wire.filters?.blocked_domains ?? [],
        location: wire.user_location ? decodeLocation(wire.user_location) : null,
        contextSize: wire.search_context_size ?? 'medium',
        opensPages: wire.external_web_access ?? true,
      },
      declared: read(JsonObject, tool, path),
    };
  },

  items: {
    web_search_call(value, path, makeId) {
      const { id, action } = read(Call, value, path);
      const { name, args, output } = decodeAction(Action.safeParse(action).data);
      return hostedCallItems(makeId, {
        callId: id,
        name,
        kind: 'web_search',
        arguments: args,
        output,
      });
    },
  },

  encodeCall,

  announce: (emit, call, outputIndex, include) =>
    announceHostedCall(
      emit,
      call,
      { outputIndex, include },
      {
        encode: encodeCall,
        events: {
          began: 'response.web_search_call.in_progress',
          started: 'response.web_search_call.searching',
          completed: 'response.web_search_call.completed',
        },
      },
    ),
};

function encodeCall(call: FunctionCallItem, progress: CallProgress): WireItem {
  const { include } = progress;
  const action = actionOf(call);
  const results = action.type === 'search' ? action.results : [];
  return {
    id: call.id,
    type: 'web_search_call',
    status: hostedCallStatus(call, progress),
    action: encodeAction(action, include),
    ...(include.includes('web_search_call.results') && { results }),
  };
}

function encodeAction(
  action: WebSearchDetail['action'],
  include: readonly string[],
): Extract<WireItem, { type: 'web_search_call' }>['action'] {
  if (action.type !== 'search') return action;
  const { queries, results } = action;
  const sources = results.map(({ url }) => ({ type: 'url' as const, url }));
  return {
    type: 'search',
    query: queries[0] ?? '',
    queries,
    ...(include.includes('web_search_call.action.sources') && { sources }),
  };
}

/** What the tool did, else what the model asks for. */
function actionOf(call: FunctionCallItem): WebSearchDetail['action'] {
  if (call.detail?.kind === 'web_search') return call.detail.action;
  const { url, pattern, queries } = argumentsOf(call) ?? {};
  if (call.name === openPage) return { type: 'open_page', url: textIn(url) };
  if (call.name === findInPage) return { type: 'find_in_page', url: textIn(url), pattern: textIn(pattern) };
  return { type: 'search', queries: Array.isArray(queries) ? queries.map(textIn) : [], results: [] };
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The call and the output of an item that the caller sends back. The items have no text of pages. */
function decodeAction(action: z.output<typeof Action> | undefined) {
  const gone = 'The results of this earlier call are not kept. Call the tool again if they are needed.';
  switch (action?.type) {
    case 'open_page':
      return { name: openPage, args: { url: action.url ?? '' }, output: gone };
    case 'find_in_page':
      return { name: findInPage, args: { url: action.url, pattern: action.pattern }, output: gone };
    default: {
      const urls = (action?.sources ?? []).map(({ url }) => url);
      const output = urls.length === 0 ? gone : `${gone} These pages were found:\n${urls.join('\n')}`;
      const queries = action?.queries ?? (action?.query ? [action.query] : []);
      return { name: 'web_search', args: { queries }, output };
    }
  }
}

function decodeLocation({ city, region, country, timezone }: z.output<typeof UserLocation>): SearchLocation {
  return {
    city: city ?? null,
    region: region ?? null,
    country: country ?? null,
    timezone: timezone ?? null,
  };
}
