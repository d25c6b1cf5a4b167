import { AppError } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import type { SearchQuery } from '../search/search-engine.ts';
import { parseDomain, usablePages } from '../search/usable-pages.ts';
import { WebSearch } from '../search/web-search.ts';
import { defineTool, type RegisteredTool, readOnly } from '../host/tool.ts';
import { jsonOutput } from '../host/tool-output.ts';
import type { ToolSource } from '../host/tool-source.ts';

const Parameters = z.object({
  q: z.string().trim().min(1).max(500).describe('What to search for, in a few words.'),
  gl: z
    .string()
    .regex(/^[A-Za-z]{2}$/)
    .optional()
    .describe('Country of the results as two letters, for example "us".'),
  hl: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$/)
    .optional()
    .describe('Language of the results, for example "en".'),
  location: z.string().max(200).optional().describe('Place to search from, for example "Berlin, Germany".'),
  num: z.int().min(1).max(50).default(10).describe('How many results to give.'),
  tbs: z
    .string()
    .max(100)
    .optional()
    .describe(
      'Period: "qdr:h", "qdr:d", "qdr:w", "qdr:m" or "qdr:y" for the past hour, day, week, month or year.',
    ),
  page: z.int().min(1).max(20).default(1).describe('Page of the results, from 1.'),
  autocorrect: z.boolean().default(true).describe('Whether to correct spelling in q.'),
  domain_allow_list: z
    .array(z.string().min(1).max(253))
    .max(20)
    .optional()
    .describe('Only give results of these domains and their subdomains, for example ["wikipedia.org"].'),
  location_hint: z
    .string()
    .max(200)
    .optional()
    .describe('A place that matters for the search, used where location is not set.'),
});

@Injectable()
export class GoogleSearchTool implements ToolSource {
  readonly tools: readonly RegisteredTool[];

  constructor(@Inject(MCP_CONFIG) config: Pick<Config, 'tools'>, web: WebSearch) {
    this.tools = [createGoogleSearch(config.tools, web)];
  }
}

export function createGoogleSearch(options: { timeoutMs: number }, web: WebSearch): RegisteredTool {
  return defineTool({
    name: 'google_search',
    description:
      'Searches the web and gives titles, addresses and short snippets of the pages found. Use it for anything recent or that you are not sure of; ' +
      'read a page in full with scrape. Cite the source_url of what you use.',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs: options.timeoutMs,
    async run(args, _context, signal) {
      if (!web.isConfigured) {
        throw new AppError(
          'unavailable',
          'google_search is not configured: set SERPER_API_KEY, TAVILY_API_KEY, EXA_API_KEY or SEARXNG_URL',
        );
      }
      const domains = (args.domain_allow_list ?? []).map((text) => parseDomain(text, 'domain_allow_list'));
      const found = await web.search(toQuery(args, domains), signal);
      const fetchedAt = found.fetchedAt.toISOString();
      const results = usablePages(found.pages, { allowed: domains, blocked: [] })
        .slice(0, args.num)
        .map(({ title, url, snippet }, i) => ({
          position: i + 1,
          title,
          source_url: url,
          snippet,
          fetched_at: fetchedAt,
        }));
      const citations = results.map((result) => result.source_url);
      return jsonOutput({ query: args.q, engine: found.engine, results, citations });
    },
  });
}

function toQuery(args: z.output<typeof Parameters>, domains: readonly string[]): SearchQuery {
  return {
    text: args.q,
    domains,
    country: args.gl?.toLowerCase(),
    language: args.hl?.toLowerCase(),
    location: args.location ?? args.location_hint,
    period: args.tbs,
    page: args.page,
    resultsMax: args.num,
    autocorrect: args.autocorrect,
  };
}
