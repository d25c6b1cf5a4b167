import { z } from 'zod';
import { JsonObject } from '../../json.ts';

/** Where the user of a search is, approximately. */
export const SearchLocation = z.object({
  city: z.string().nullable(),
  region: z.string().nullable(),
  /** Two letters, such as `DE`. */
  country: z.string().nullable(),
  /** An IANA time zone. */
  timezone: z.string().nullable(),
});
export type SearchLocation = z.infer<typeof SearchLocation>;

/** How a request's web search works. */
export const WebSearchOptions = z.object({
  /** Only pages of these domains and their subdomains; empty: pages of all domains. */
  allowedDomains: z.array(z.string()),
  /** No pages of these domains and their subdomains. */
  blockedDomains: z.array(z.string()),
  location: SearchLocation.nullable(),
  /** How much of the results the model reads. */
  contextSize: z.enum(['low', 'medium', 'high']),
  /** Whether the model may open pages, beside the results of searches. */
  opensPages: z.boolean(),
});
export type WebSearchOptions = z.infer<typeof WebSearchOptions>;

export const WebSearchTool = z.object({
  kind: z.literal('web_search'),
  options: WebSearchOptions,
  declared: JsonObject,
});

/** A page that a search found. */
export const SearchResult = z.object({ url: z.string(), title: z.string(), snippet: z.string() });
export type SearchResult = z.infer<typeof SearchResult>;

export const WebSearchDetail = z.object({
  kind: z.literal('web_search'),
  action: z.discriminatedUnion('type', [
    z.object({
      type: z.literal('search'),
      queries: z.array(z.string()),
      results: z.array(SearchResult),
    }),
    z.object({ type: z.literal('open_page'), url: z.string() }),
    z.object({ type: z.literal('find_in_page'), url: z.string(), pattern: z.string() }),
  ]),
});
export type WebSearchDetail = z.infer<typeof WebSearchDetail>;
