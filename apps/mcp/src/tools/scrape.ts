import { Egress } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import { type FetchedPage, type FetchOptions, fetchPage, type PageContent } from '../pages/fetch-page.ts';
import { PageReader } from '../pages/page-reader.ts';
import { defineTool, type RegisteredTool, readOnly } from '../host/tool.ts';
import { beginningAsJson, jsonOutput } from '../host/tool-output.ts';
import type { ToolSource } from '../host/tool-source.ts';
import { assertListed } from './url-list.ts';

const Parameters = z.object({
  url: z.string().min(1).max(4096).describe('Address of the page, with http:// or https://.'),
  include_markdown: z
    .boolean()
    .default(false)
    .describe('Whether to give the content as Markdown too, which keeps headings, links and tables.'),
});

export interface ScrapeOptions extends Omit<FetchOptions, 'checkUrl'> {
  toolTimeoutMs: number;
  /** The URLs that it may request, with all URLs below them. Empty: all URLs that the egress allows. */
  allowedUrls: readonly string[];
}

/** The bytes of a result besides its text. */
const frameBytes = 12 * 1024;
const aboutCharactersMax = 500;

@Injectable()
export class ScrapeTool implements ToolSource {
  readonly tools: readonly RegisteredTool[];

  constructor(
    @Inject(MCP_CONFIG) config: Pick<Config, 'tools' | 'scrape' | 'http'>,
    egress: Egress,
    pages: PageReader,
  ) {
    const { timeoutMs: toolTimeoutMs, outputBytesMax } = config.tools;
    const { allowedUrls } = config.http;
    this.tools = [
      createScrape({ ...config.scrape, toolTimeoutMs, outputBytesMax, allowedUrls }, egress, pages),
    ];
  }
}

export function createScrape(options: ScrapeOptions, egress: Egress, pages: PageReader): RegisteredTool {
  return defineTool({
    name: 'scrape',
    description:
      'Gets a web page and gives its readable text, without menus and advertisements, with title and author where it has them. ' +
      'Also reads PDF, JSON and plain text. Use it to read a page that google_search found or that the user named.',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs: options.toolTimeoutMs,
    async run(args, _context, signal) {
      const { allowedUrls } = options;
      const checkUrl = (hop: URL) => assertListed(hop, allowedUrls);
      const fetching = { ...options, checkUrl, wantsMarkdown: args.include_markdown };
      const page = await fetchPage(args.url, fetching, egress, pages, signal);
      return encode(page, options.outputBytesMax - frameBytes);
    },
  });
}

/** Text and Markdown share the bytes of the output, so that the result is valid JSON for a page of any length. */
function encode({ url, mediaType, content }: FetchedPage, bytesMax: number): string {
  const share = content.markdown === null ? bytesMax : Math.floor(bytesMax / 2);
  const text = beginningAsJson(content.text, share);
  const markdown = content.markdown === null ? null : beginningAsJson(content.markdown, share);
  const isCut = text !== content.text || markdown !== content.markdown;
  const note = noteOn(content, isCut);
  return jsonOutput({
    url,
    content_type: mediaType || null,
    title: shortened(content.title),
    byline: shortened(content.byline),
    site_name: shortened(content.siteName),
    excerpt: shortened(content.excerpt),
    published_time: shortened(content.publishedTime),
    language: shortened(content.language),
    text,
    ...(markdown !== null && { markdown }),
    ...(content.pages && { pages: content.pages.total }),
    ...(note !== null && { note }),
  });
}

function noteOn({ text, pages }: PageContent, isCut: boolean): string | null {
  if (pages && pages.read < pages.total) {
    return `The document is longer: only the beginning of its ${pages.total} pages is given.`;
  }
  if (pages && text === '') return 'The document has no text: its pages are pictures.';
  return isCut ? `The page is longer: only the beginning of its ${text.length} characters is given.` : null;
}

function shortened(text: string | null | undefined): string | undefined {
  return text?.slice(0, aboutCharactersMax);
}
