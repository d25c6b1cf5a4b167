import type { HostedToolOf } from '@antiphon/contracts';
import { Egress } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../../config.ts';
import type { RegisteredTool } from '../../host/tool.ts';
import { fetchPage } from '../../pages/fetch-page.ts';
import { PageReader } from '../../pages/page-reader.ts';
import { WebSearch } from '../../search/web-search.ts';
import { assertListed } from '../../tools/url-list.ts';
import type { HostedToolRunner } from '../hosted-tool-runner.ts';
import { findInPageFunction, openPageFunction } from './page-functions.ts';
import { searchFunction } from './search-function.ts';

/** Searches the web and reads pages, with the search engines and the page reader of the built-in tools. */
@Injectable()
export class WebSearchRunner implements HostedToolRunner<'web_search'> {
  readonly kind = 'web_search';
  readonly names = ['web_search', 'web_search_open_page', 'web_search_find_in_page'];

  constructor(
    @Inject(MCP_CONFIG) private readonly config: Pick<Config, 'tools' | 'scrape' | 'http'>,
    private readonly web: WebSearch,
    private readonly egress: Egress,
    private readonly pages: PageReader,
  ) {}

  functions({ options }: HostedToolOf<'web_search'>): readonly RegisteredTool[] {
    const { timeoutMs } = this.config.tools;
    const search = searchFunction({ ...options, timeoutMs }, this.web);
    if (!options.opensPages) return [search];
    const fetch = (url: string, signal: AbortSignal) => this.fetch(url, signal);
    const paging = { ...options, timeoutMs, fetch };
    return [search, openPageFunction(paging), findInPageFunction(paging)];
  }

  private fetch(url: string, signal: AbortSignal) {
    const { scrape, tools, http } = this.config;
    const checkUrl = (hop: URL) => assertListed(hop, http.allowedUrls);
    const options = { ...scrape, outputBytesMax: tools.outputBytesMax, checkUrl, wantsMarkdown: false };
    return fetchPage(url, options, this.egress, this.pages, signal);
  }
}
