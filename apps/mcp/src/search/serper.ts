import { AppError } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { z } from 'zod';
import { askEngine, engineUrl, type EngineLimits, jsonQuery } from './engine-access.ts';
import { type FoundPage, type SearchEngine, type SearchQuery, withSites } from './search-engine.ts';

const Answer = z.object({ organic: z.array(z.unknown()).default([]) });
const Result = z.object({ link: z.string(), title: z.string().default(''), snippet: z.string().default('') });

/** The engine serper.dev, which returns Google's results. */
export function createSerper(
  options: { url: string; apiKey: string; limits: EngineLimits },
  egress: Egress,
): SearchEngine {
  return {
    name: 'serper',
    async search(query, signal) {
      const request = jsonQuery({ 'x-api-key': options.apiKey }, encode(query));
      const url = engineUrl(options.url, 'search');
      return decode(await askEngine(egress, url, request, options.limits, signal));
    },
  };
}

function encode(query: SearchQuery) {
  return {
    q: withSites(query),
    gl: query.country,
    hl: query.language,
    location: query.location,
    num: query.resultsMax,
    tbs: query.period,
    page: query.page,
    autocorrect: query.autocorrect,
  };
}

function decode(body: unknown): FoundPage[] {
  const answer = Answer.safeParse(body);
  if (!answer.success) throw new AppError('unavailable', 'did not answer with results');
  return answer.data.organic.flatMap((entry) => {
    const { data } = Result.safeParse(entry);
    return data ? [{ title: data.title, url: data.link, snippet: data.snippet }] : [];
  });
}
