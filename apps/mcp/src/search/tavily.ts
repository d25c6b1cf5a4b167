import { AppError } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { z } from 'zod';
import { askEngine, engineUrl, type EngineLimits, jsonQuestion } from './engine-access.ts';
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

/** It has no pages, only this many results at once. */
const resultsMax = 20;

/** Pages by tavily.com, a search for models. */
export function createTavily(
  options: { url: string; apiKey: string; limits: EngineLimits },
  egress: Egress,
): SearchEngine {
  return {
    name: 'tavily',
    search: (query, signal) =>
      pageOfFirst(query, resultsMax, async (count) => {
        const credentials = { authorization: `Bearer ${options.apiKey}` };
        const request = jsonQuestion(credentials, encode(query, count));
        return decode(
          await askEngine(egress, engineUrl(options.url, 'search'), request, options.limits, signal),
        );
      }),
  };
}

/** There is no parameter for a place, so it becomes a word of the query; it has no words of its own for languages. */
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
