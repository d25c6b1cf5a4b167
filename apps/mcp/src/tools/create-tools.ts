import type { Egress, Logger } from '@antiphon/service-kit';
import type { Config } from '../config.ts';
import type { PageReader } from '../pages/page-reader.ts';
import type { SearchEngine } from '../search/search-engine.ts';
import type { HostedTool } from '../tool.ts';
import { createGoogleSearch } from './google-search.ts';
import { createHttpTools } from './http-requests.ts';
import { createScrape } from './scrape.ts';

export interface ToolParts {
  egress: Egress;
  pages: PageReader;
  engines: readonly SearchEngine[];
  logger: Logger;
}

/** The built-in tools. */
export function createTools(config: Config, { egress, pages, engines, logger }: ToolParts): HostedTool[] {
  const { timeoutMs: toolTimeoutMs, outputBytesMax } = config.tools;
  return [
    createGoogleSearch({ timeoutMs: toolTimeoutMs, engines, now: () => new Date() }, logger),
    createScrape({ ...config.scrape, toolTimeoutMs, outputBytesMax }, egress, pages),
    ...createHttpTools({ ...config.http, toolTimeoutMs, outputBytesMax }, egress),
  ];
}
