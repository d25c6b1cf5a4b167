import { AppError } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { z } from 'zod';
import { askEngine, engineUrl, type EngineLimits, jsonQuery } from './engine-access.ts';
import { type FoundPage, pageOfFirst, type SearchEngine, type SearchQuery } from './search-engine.ts';

const Answer = z.object({ results: z.array(z.unknown()) });
const Result = z.object({
  url: z.string(),
  title: z.string().nullish(),
  highlights: z.array(z.string()).nullish(),
});

/** The engine has no pages; it returns at most this many results. */
const resultsMax = 100;
const snippetCharacters = 400;

/** The engine exa.ai, which searches by meaning. */
export function createExa(
  options: { url: string; apiKey: string; limits: EngineLimits; now: () => number },
  egress: Egress,
): SearchEngine {
  return {
    name: 'exa',
    search: (query, signal) =>
      pageOfFirst(query, resultsMax, async (count) => {
        const credentials = { 'x-api-key': options.apiKey };
        const request = jsonQuery(credentials, encode(query, count, options.now()));
        return decode(
          await askEngine(egress, engineUrl(options.url, 'search'), request, options.limits, signal),
        );
      }),
  };
}

/** The engine has no parameter for a place within a country, so the place becomes a word of the query. */
function encode(query: SearchQuery, count: number, now: number) {
  const periodMs = periodsMs[query.period ?? ''];
  return {
    query: query.location ? `${query.text} ${query.location}` : query.text,
    type: 'auto',
    numResults: count,
    userLocation: query.country?.toUpperCase(),
    includeDomains: query.domains.length > 0 ? query.domains : undefined,
    startPublishedDate: periodMs === undefined ? undefined : new Date(now - periodMs).toISOString(),
    contents: { highlights: { maxCharacters: snippetCharacters } },
  };
}

const hourMs = 3_600_000;
const periodsMs: Record<string, number> = {
  'qdr:h': hourMs,
  'qdr:d': 24 * hourMs,
  'qdr:w': 7 * 24 * hourMs,
  'qdr:m': 31 * 24 * hourMs,
  'qdr:y': 366 * 24 * hourMs,
};

function decode(body: unknown): FoundPage[] {
  const answer = Answer.safeParse(body);
  if (!answer.success) throw new AppError('unavailable', 'did not answer with results');
  return answer.data.results.flatMap((entry) => {
    const { data } = Result.safeParse(entry);
    return data
      ? [{ title: data.title ?? '', url: data.url, snippet: (data.highlights ?? []).join(' … ') }]
      : [];
  });
}
