import { AppError, type SearchLocation, type SearchResult, type WebSearchOptions } from '@antiphon/contracts';
import { z } from 'zod';
import { defineTool, readOnly, type RegisteredTool, type ToolOutput } from '../../host/tool.ts';
import type { SearchQuery } from '../../search/search-engine.ts';
import { type PageDomains, parseDomain, usablePages } from '../../search/usable-pages.ts';
import type { WebSearch } from '../../search/web-search.ts';
import { citable, citingNotice, shownMark } from '../citable-sources.ts';

/** Results of one call by the size of the context. */
const resultsMax: Readonly<Record<WebSearchOptions['contextSize'], number>> = {
  low: 5,
  medium: 10,
  high: 20,
};

const Parameters = z.object({
  queries: z
    .array(z.string().trim().min(1).max(500))
    .min(1)
    .max(4)
    .describe(
      'What to search for, each in a few words. Several queries find more about different sides of a question.',
    ),
});

/** The function that searches. The results of all queries share the size of the context. */
export function searchFunction(
  options: WebSearchOptions & { timeoutMs: number },
  web: WebSearch,
): RegisteredTool {
  const { contextSize, location, timeoutMs } = options;
  return defineTool({
    name: 'web_search',
    description:
      'Searches the web and gives titles, addresses and short snippets of the pages found. Use it for anything recent or that you are not sure of.',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs,
    async run({ queries }, { idempotencyKey }, signal): Promise<ToolOutput> {
      if (!web.isConfigured) throw new AppError('unavailable', notConfigured);
      const domains = domainsOf(options);
      const perQuery = Math.ceil(resultsMax[contextSize] / queries.length);
      const found = await Promise.all(
        queries.map((text) => web.search(queryFor(text, { domains, location, perQuery }), signal)),
      );
      const pages = usablePages(
        found.flatMap(({ pages: ofQuery }) => usablePages(ofQuery, domains).slice(0, perQuery)),
        domains,
      );
      const results = pages.map(({ url, title, snippet }) => ({ url, title, snippet }));
      const sources = citable(
        idempotencyKey,
        results.map(({ url, title }) => ({ url, title })),
      );
      const text =
        results.length === 0
          ? 'No pages were found. Search with other words.'
          : [...results.map((result, i) => shownResult(result, sources[i])), citingNotice(sources)].join(
              '\n\n',
            );
      const detail = { kind: 'web_search' as const, action: { type: 'search' as const, queries, results } };
      return { text, sources, detail };
    },
  });
}

const notConfigured =
  'web search is not configured: set SERPER_API_KEY, TAVILY_API_KEY, EXA_API_KEY or SEARXNG_URL';

/** The domains of a request. */
export function domainsOf({
  allowedDomains,
  blockedDomains,
}: Pick<WebSearchOptions, 'allowedDomains' | 'blockedDomains'>): PageDomains {
  return {
    allowed: allowedDomains.map((domain) => parseDomain(domain, 'filters.allowed_domains')),
    blocked: blockedDomains.map((domain) => parseDomain(domain, 'filters.blocked_domains')),
  };
}

function queryFor(
  text: string,
  {
    domains,
    location,
    perQuery,
  }: { domains: PageDomains; location: SearchLocation | null; perQuery: number },
): SearchQuery {
  const place = [location?.city, location?.region].filter(Boolean).join(', ');
  return {
    text,
    domains: domains.allowed,
    country: location?.country?.toLowerCase() ?? undefined,
    language: undefined,
    location: place === '' ? undefined : place,
    period: undefined,
    page: 1,
    resultsMax: perQuery,
    autocorrect: true,
  };
}

function shownResult(
  { title, url, snippet }: SearchResult,
  source: ReturnType<typeof citable>[number] | undefined,
) {
  const mark = source ? `${shownMark(source)} ` : '';
  return [`${mark}${title}`, url, snippet].filter((line) => line !== '').join('\n');
}
