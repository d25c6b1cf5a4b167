/** A search, independent of the engine. An engine ignores the fields that it does not support. */
export interface SearchQuery {
  text: string;
  /** Only pages of these domains and their subdomains; empty: pages of all domains. */
  domains: readonly string[];
  /** Two letters, such as `de`. */
  country: string | undefined;
  /** Such as `de` or `pt-br`. */
  language: string | undefined;
  location: string | undefined;
  /** In Google's notation, such as `qdr:w`. */
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
  /** Throws `unavailable` where the engine fails, `invalid_request` where it refuses the query. */
  search(query: SearchQuery, signal: AbortSignal): Promise<FoundPage[]>;
}

/** Google's periods as time ranges of engines whose shortest range is a day. */
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

/** The words of a query for engines that select domains with `site:`. */
export function withSites({ text, domains }: SearchQuery): string {
  const sites = domains.map((domain) => `site:${domain}`).join(' OR ');
  return domains.length > 1 ? `${text} (${sites})` : [text, sites].filter(Boolean).join(' ');
}
