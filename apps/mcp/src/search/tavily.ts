import { AppError } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { z } from 'zod';
import { askEngine, engineUrl, type EngineLimits, jsonQuery } from './engine-access.ts';
import {
  type FoundPage,
  pageOfFirst,
  type SearchEngine,
  type SearchQuery,
  timeRanges,
} from './search-engine.ts';

const Answer = z.object({ results: z.array(z.unknown()) });
const Result = z.object({
  url: z.string(),
  title: z.string().nullish(),
  content: z.string().nullish(),
});

/** The engine has no pages; it returns at most this many results. */
const resultsMax = 20;

/** The engine tavily.com, which is made for models. */
export function createTavily(
  options: { url: string; apiKey: string; limits: EngineLimits },
  egress: Egress,
): SearchEngine {
  return {
    name: 'tavily',
    search: (query, signal) =>
      pageOfFirst(query, resultsMax, async (count) => {
        const credentials = { authorization: `Bearer ${options.apiKey}` };
        const request = jsonQuery(credentials, encode(query, count));
        return decode(
          await askEngine(egress, engineUrl(options.url, 'search'), request, options.limits, signal),
        );
      }),
  };
}

/** The engine has no parameter for a place, so the place becomes a word of the query. It has none for languages either. */
function encode(query: SearchQuery, count: number) {
  return {
    query: query.location ? `${query.text} ${query.location}` : query.text,
    max_results: count,
    time_range: timeRanges[query.period ?? ''],
    include_domains: query.domains.length > 0 ? query.domains : undefined,
  };
}

function decode(body: unknown): FoundPage[] {
  const answer = Answer.safeParse(body);
  if (!answer.success) throw new AppError('unavailable', 'did not answer with results');
  return answer.data.results.flatMap((entry) => {
    const { data } = Result.safeParse(entry);
    return data ? [{ title: data.title ?? '', url: data.url, snippet: data.content ?? '' }] : [];
  });
}
