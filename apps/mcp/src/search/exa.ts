import { AppError } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { z } from 'zod';
import { askEngine, engineUrl, type EngineLimits } from './engine-access.ts';
import type { FoundPage, SearchEngine, SearchQuery } from './search-engine.ts';

const Answer = z.object({ results: z.array(z.unknown()) });
const Result = z.object({
  url: z.string(),
  title: z.string().nullish(),
  highlights: z.array(z.string()).nullish(),
});

/** It has no pages, only this many results at once. */
const resultsMax = 100;
const snippetCharacters = 400;

/** Pages by exa.ai, which searches by meaning. */
export function createExa(
  options: { url: string; apiKey: string; limits: EngineLimits; now: () => number },
  egress: Egress,
): SearchEngine {
  return {
    name: 'exa',
    async search(query, signal) {
      const skipped = (query.page - 1) * query.resultsMax;
      if (skipped >= resultsMax) return [];
      const request = {
        method: 'POST',
        headers: {
          'x-api-key': options.apiKey,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: JSON.stringify(encode(query, options.now())),
      };
      const url = engineUrl(options.url, 'search');
      return decode(await askEngine(egress, url, request, options.limits, signal)).slice(skipped);
    },
  };
}

/** There is no parameter for a place within a country, so it becomes a word of the query. */
function encode(query: SearchQuery, now: number) {
  const periodMs = periodsMs[query.period ?? ''];
  return {
    query: query.location ? `${query.text} ${query.location}` : query.text,
    type: 'auto',
    numResults: Math.min(query.page * query.resultsMax, resultsMax),
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
