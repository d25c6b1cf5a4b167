import { AppError } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { z } from 'zod';
import { askEngine, engineUrl, type EngineLimits } from './engine-access.ts';
import {
  type FoundPage,
  type SearchEngine,
  type SearchQuery,
  timeRanges,
  withSites,
} from './search-engine.ts';

const Answer = z.object({
  results: z.array(z.unknown()),
  unresponsive_engines: z.array(z.unknown()).default([]),
});
const Result = z.object({ url: z.string(), title: z.string().default(''), content: z.string().nullish() });

/** The operator's SearXNG. Its settings must have `json` among `search.formats`; it answers 403 otherwise. */
export function createSearxng(options: { url: string; limits: EngineLimits }, egress: Egress): SearchEngine {
  return {
    name: 'searxng',
    async search(query, signal) {
      const url = new URL(engineUrl(options.url, 'search'));
      for (const [name, value] of Object.entries(encode(query))) {
        if (value !== undefined) url.searchParams.set(name, value);
      }
      const request = { headers: { accept: 'application/json' } };
      return decode(await askEngine(egress, url.href, request, options.limits, signal));
    },
  };
}

/** The engine has no parameter for a place, so the place becomes a word of the query. */
function encode(query: SearchQuery): Record<string, string | undefined> {
  return {
    q: [withSites(query), query.location].filter(Boolean).join(' '),
    format: 'json',
    language: languageOf(query),
    pageno: String(query.page),
    time_range: timeRanges[query.period ?? ''],
  };
}

function languageOf({ language, country }: SearchQuery): string | undefined {
  if (language === undefined || language.includes('-') || country === undefined) return language;
  return `${language}-${country.toUpperCase()}`;
}

function decode(body: unknown): FoundPage[] {
  const answer = Answer.safeParse(body);
  if (!answer.success) throw new AppError('unavailable', 'did not answer with results');
  const { results, unresponsive_engines: silent } = answer.data;
  // SearXNG answers 200 without results when every engine behind it is blocked or down.
  if (results.length === 0 && silent.length > 0) {
    throw new AppError('unavailable', 'got no answer from the engines behind it');
  }
  return results.flatMap((entry) => {
    const { data } = Result.safeParse(entry);
    return data ? [{ title: data.title, url: data.url, snippet: data.content ?? '' }] : [];
  });
}
