import { AppError } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { z } from 'zod';
import { askEngine, engineUrl, type EngineLimits } from './engine-access.ts';
import type { FoundPage, SearchEngine, SearchQuery } from './search-engine.ts';

const Answer = z.object({ results: z.array(z.unknown()) });
const Result = z.object({
  url: z.string(),
  title: z.string().nullish(),
  content: z.string().nullish(),
});

/** It has no pages, only this many results at once. */
const resultsMax = 20;

/** Pages by tavily.com, a search for models. */
export function createTavily(
  options: { url: string; apiKey: string; limits: EngineLimits },
  egress: Egress,
): SearchEngine {
  return {
    name: 'tavily',
    async search(query, signal) {
      const skipped = (query.page - 1) * query.resultsMax;
      if (skipped >= resultsMax) return [];
      const request = {
        method: 'POST',
        headers: {
          authorization: `Bearer ${options.apiKey}`,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: JSON.stringify(encode(query)),
      };
      const url = engineUrl(options.url, 'search');
      return decode(await askEngine(egress, url, request, options.limits, signal)).slice(skipped);
    },
  };
}

/** There is no parameter for a place, so it becomes a word of the query; it has no words of its own for languages. */
function encode(query: SearchQuery) {
  return {
    query: query.location ? `${query.text} ${query.location}` : query.text,
    max_results: Math.min(query.page * query.resultsMax, resultsMax),
    time_range: periods[query.period ?? ''],
    include_domains: query.domains.length > 0 ? query.domains : undefined,
  };
}

const periods: Record<string, string> = {
  'qdr:h': 'day',
  'qdr:d': 'day',
  'qdr:w': 'week',
  'qdr:m': 'month',
  'qdr:y': 'year',
};

function decode(body: unknown): FoundPage[] {
  const answer = Answer.safeParse(body);
  if (!answer.success) throw new AppError('unavailable', 'did not answer with results');
  return answer.data.results.flatMap((entry) => {
    const { data } = Result.safeParse(entry);
    return data ? [{ title: data.title ?? '', url: data.url, snippet: data.content ?? '' }] : [];
  });
}
