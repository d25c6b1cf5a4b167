/** A search in our words; what an engine cannot do with a part of it, it leaves out. */
export interface SearchQuery {
  text: string;
  /** Only pages of these and their subdomains are wanted; of none: any. */
  domains: readonly string[];
  /** Two letters, as in `de`. */
  country: string | undefined;
  /** As in `de` or `pt-br`. */
  language: string | undefined;
  location: string | undefined;
  /** Google's own notation of a period, as in `qdr:w`. */
  period: string | undefined;
  page: number;
  resultsMax: number;
  autocorrect: boolean;
}

export interface FoundPage {
  title: string;
  url: string;
  snippet: string;
}

export interface SearchEngine {
  readonly name: string;
  /** Throws `unavailable` where the engine cannot answer, `invalid_request` where it does not take the question. */
  search(query: SearchQuery, signal: AbortSignal): Promise<FoundPage[]>;
}

/** Google's periods as the time ranges of engines that know none shorter than a day. */
export const timeRanges: Readonly<Record<string, string>> = {
  'qdr:h': 'day',
  'qdr:d': 'day',
  'qdr:w': 'week',
  'qdr:m': 'month',
  'qdr:y': 'year',
};

/**
 * A page of an engine that has no pages, only its first `resultsMax` results: asks for all results up to the end of the page and drops those
 * of earlier pages.
 */
export async function pageOfFirst(
  { page, resultsMax: pageSize }: SearchQuery,
  resultsMax: number,
  find: (count: number) => Promise<FoundPage[]>,
): Promise<FoundPage[]> {
  const skipped = (page - 1) * pageSize;
  if (skipped >= resultsMax) return [];
  return (await find(Math.min(page * pageSize, resultsMax))).slice(skipped);
}

/** The words of a query for engines that know domains as words of their own. */
export function withSites({ text, domains }: SearchQuery): string {
  const sites = domains.map((domain) => `site:${domain}`).join(' OR ');
  return domains.length > 1 ? `${text} (${sites})` : [text, sites].filter(Boolean).join(' ');
}
