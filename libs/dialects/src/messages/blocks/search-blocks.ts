import {
  type FunctionCallItem,
  type HostedToolOf,
  JsonObject,
  read,
  refusal,
  type RequestPath,
  type SearchResult,
} from '@antiphon/contracts';
import { z } from 'zod';
import { argumentsOf } from '../../common/call-arguments.ts';
import { decodeLocation, UserLocation, WebSearchFilters } from '../../openai/tool-types/web-search.ts';
import type { Block } from './decode-blocks.ts';
import type { ContentBlock } from './encode-blocks.ts';

/* Anthropic's web search, which runs here: its declaration, its calls and their results. */

/** The types of the tool: one for each version. */
export const searchType = /^web_search_\d{8}$/;
/** The function of the tool, as the model calls it. */
export const searchName = 'web_search';

const SearchTool = WebSearchFilters.extend({
  name: z.literal(searchName),
  max_uses: z.int().min(1).nullish(),
  user_location: UserLocation.nullish(),
});

/** The tool, and how often it may be called; null: as often as this server allows. */
export function decodeSearchTool(
  tool: object,
  path: RequestPath,
): { tool: HostedToolOf<'web_search'>; usesMax: number | null } {
  const wire = read(SearchTool, tool, path);
  const options = {
    allowedDomains: wire.allowed_domains ?? [],
    blockedDomains: wire.blocked_domains ?? [],
    location: wire.user_location ? decodeLocation(wire.user_location) : null,
    contextSize: 'medium' as const,
    // The blocks of this API have no place for pages that were opened.
    opensPages: false,
  };
  const declared = read(JsonObject, tool, path);
  return { tool: { kind: 'web_search', options, declared }, usesMax: wire.max_uses ?? null };
}

/** The input of a call in the form of this API. */
export function searchInput(call: Pick<FunctionCallItem, 'arguments'>): { query: string } {
  const queries = argumentsOf(call)?.['queries'];
  return {
    query: Array.isArray(queries) ? queries.filter((text) => typeof text === 'string').join('; ') : '',
  };
}

/** A snippet takes the place of Anthropic's encrypted page. The model reads it when the client sends the block back. */
const snippetMark = 'snippet.';

/** The result of a call. */
export function encodeSearchResult({ callId, detail, error }: FunctionCallItem): ContentBlock {
  const found = {
    type: 'web_search_tool_result' as const,
    tool_use_id: callId,
    caller: { type: 'direct' as const },
  };
  if (error !== null) {
    const code = error.code === 'forbidden' ? 'max_uses_exceeded' : 'unavailable';
    return { ...found, content: { type: 'web_search_tool_result_error', error_code: code } };
  }
  return { ...found, content: resultsOf(detail).map(encodePage) };
}

function resultsOf(detail: FunctionCallItem['detail']): readonly SearchResult[] {
  const { action } =
    (detail?.kind === 'web_search' ? detail : null) ?? ({ action: { type: 'none' } } as const);
  return action.type === 'search' ? action.results : [];
}

function encodePage({ url, title, snippet }: SearchResult) {
  const encrypted_content = snippetMark + Buffer.from(snippet, 'utf8').toString('base64');
  return { type: 'web_search_result' as const, url, title, encrypted_content, page_age: null };
}

const ServerToolUse = z.object({
  id: z.string().min(1).max(128),
  name: z.string(),
  input: z.object({ query: z.string().nullish() }),
});

/** A call that the client sends back. Throws `invalid_request` for a tool of Anthropic that this server does not have. */
export function decodeSearchUse(
  block: Block,
  path: RequestPath,
): { call: Pick<FunctionCallItem, 'callId' | 'name' | 'executor' | 'kind'>; input: JsonObject } {
  const { id: callId, name, input } = read(ServerToolUse, block, path);
  if (name !== searchName)
    throw refusal(
      [...path, 'name'],
      `must be "${searchName}": leave out the calls of Anthropic's other tools`,
    );
  const call = { callId, name, executor: 'server', kind: 'web_search' } as const;
  return { call, input: { queries: input.query ? [input.query] : [] } };
}

const SearchToolResult = z.object({
  tool_use_id: z.string(),
  content: z.union([
    z.array(z.object({ url: z.string(), title: z.string(), encrypted_content: z.string() })),
    z.object({ error_code: z.string() }),
  ]),
});

/** The result of a call that the client sends back, as the block of a function's result. */
export function decodeSearchResult(block: Block, path: RequestPath): Block {
  const { tool_use_id, content } = read(SearchToolResult, block, path);
  if (!Array.isArray(content))
    return {
      type: 'tool_result',
      tool_use_id,
      content: `The search failed: ${content.error_code}`,
      is_error: true,
    };
  const pages = content.map(({ url, title, encrypted_content: kept }) => {
    const snippet = kept.startsWith(snippetMark)
      ? Buffer.from(kept.slice(snippetMark.length), 'base64').toString('utf8')
      : '';
    return [title, url, snippet].filter((line) => line !== '').join('\n');
  });
  return { type: 'tool_result', tool_use_id, content: pages.join('\n\n') || 'No pages were found.' };
}
