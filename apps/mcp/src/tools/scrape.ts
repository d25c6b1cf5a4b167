import { AppError } from '@antiphon/contracts';
import { Egress, type EgressHead, type EgressResponse } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import { PageReader } from '../pages/page-reader.ts';
import type { Page } from '../pages/read-page.ts';
import { decodeText } from '../pages/text-decoding.ts';
import { defineTool, type HostedTool, readOnly } from '../host/tool.ts';
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

export interface ScrapeOptions {
  toolTimeoutMs: number;
  /** For downloading the page. */
  timeoutMs: number;
  pageBytesMax: number;
  redirectsMax: number;
  elementsMax: number;
  pdfPagesMax: number;
  outputBytesMax: number;
  /** The URLs that it may request, with all URLs below them. Empty: all URLs that the egress allows. */
  allowedUrls: readonly string[];
}

/** The bytes of a result besides its text. */
const frameBytes = 12 * 1024;
const aboutCharactersMax = 500;

@Injectable()
export class ScrapeTool implements ToolSource {
  readonly tools: readonly HostedTool[];

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

export function createScrape(options: ScrapeOptions, egress: Egress, pages: PageReader): HostedTool {
  return defineTool({
    name: 'scrape',
    description:
      'Gets a web page and gives its readable text, without menus and advertisements, with title and author where it has them. ' +
      'Also reads PDF, JSON and plain text. Use it to read a page that google_search found or that the user named.',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs: options.toolTimeoutMs,
    async run(args, _context, signal) {
      const answer = await egress.fetch(
        args.url,
        {
          headers: {
            accept:
              'text/html,application/xhtml+xml,application/pdf;q=0.9,application/json;q=0.9,text/*;q=0.8,*/*;q=0.1',
          },
          redirectsMax: options.redirectsMax,
          decodedBytesMax: options.pageBytesMax,
          timeoutMs: options.timeoutMs,
          checkUrl: (hop) => assertListed(hop, options.allowedUrls),
          checkHead: refuseUnreadable,
        },
        signal,
      );
      const content = isPdf(answer)
        ? await readPdf(answer, options, pages, signal)
        : await readContent(answer, args.include_markdown, options.elementsMax, pages, signal);
      return encode(answer, content, options.outputBytesMax - frameBytes);
    },
  });
}

type Content = Partial<Page> & Pick<Page, 'text' | 'markdown'> & { pages?: { read: number; total: number } };

function refuseUnreadable({ status, headers, url }: EgressHead): void {
  if (status < 200 || status > 299) {
    throw new AppError(
      status === 404 || status === 410 ? 'not_found' : 'unavailable',
      `the page answered with status ${status}`,
    );
  }
  const type = mediaType(headers);
  // Some servers send PDFs with an unknown type; the address shows that it is one.
  const isReadableByName = type === unknownBytes && new URL(url).pathname.toLowerCase().endsWith('.pdf');
  if (type !== '' && !isReadable(type) && !isReadableByName) throw unreadable(type);
}

const unknownBytes = 'application/octet-stream';

function unreadable(type: string): AppError {
  return new AppError(
    'unsupported_media_type',
    `scrape reads HTML, PDF, JSON and text; this address gives ${type.slice(0, 100)}`,
  );
}

function mediaType(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function isReadable(type: string): boolean {
  return (
    type.startsWith('text/') ||
    isHtml(type) ||
    isPdfType(type) ||
    /^application\/([\w.-]+\+)?(json|xml|yaml|x-ndjson|javascript)$/.test(type)
  );
}

function isHtml(type: string): boolean {
  return type === 'text/html' || type === 'application/xhtml+xml';
}

/** Whether a body is declared as a PDF or begins like one. */
function isPdf({ headers, body }: EgressResponse): boolean {
  return isPdfType(mediaType(headers)) || body.subarray(0, 5).toString('latin1') === '%PDF-';
}

function isPdfType(type: string): boolean {
  return type === 'application/pdf' || type === 'application/x-pdf';
}

async function readPdf(
  { body }: EgressResponse,
  { pdfPagesMax, outputBytesMax }: ScrapeOptions,
  pages: PageReader,
  signal: AbortSignal,
): Promise<Content> {
  const source = { bytes: new Uint8Array(body), pagesMax: pdfPagesMax, charactersMax: outputBytesMax };
  const { title, author, text, pagesRead, pagesTotal } = await pages.readPdf(source, signal);
  return { title, byline: author, text, markdown: null, pages: { read: pagesRead, total: pagesTotal } };
}

async function readContent(
  answer: EgressResponse,
  wantsMarkdown: boolean,
  elementsMax: number,
  pages: PageReader,
  signal: AbortSignal,
): Promise<Content> {
  const type = mediaType(answer.headers);
  if (type === unknownBytes || (type === '' && answer.body.includes(0))) throw unreadable('no text');
  const text = decodeText(answer.body, answer.headers.get('content-type') ?? '');
  // Without a media type the content decides.
  if (!isHtml(type) && !(type === '' && text.trimStart().startsWith('<'))) return { text, markdown: null };
  return pages.read({ html: text, url: answer.url, wantsMarkdown, elementsMax }, signal);
}

/** Text and Markdown share the bytes of the output, so that the result is valid JSON for a page of any length. */
function encode(answer: EgressResponse, content: Content, bytesMax: number): string {
  const share = content.markdown === null ? bytesMax : Math.floor(bytesMax / 2);
  const text = beginningAsJson(content.text, share);
  const markdown = content.markdown === null ? null : beginningAsJson(content.markdown, share);
  const isCut = text !== content.text || markdown !== content.markdown;
  const note = noteOn(content, isCut);
  return jsonOutput({
    url: answer.url,
    content_type: mediaType(answer.headers) || null,
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

function noteOn({ text, pages }: Content, isCut: boolean): string | null {
  if (pages && pages.read < pages.total) {
    return `The document is longer: only the beginning of its ${pages.total} pages is given.`;
  }
  if (pages && text === '') return 'The document has no text: its pages are pictures.';
  return isCut ? `The page is longer: only the beginning of its ${text.length} characters is given.` : null;
}

function shortened(text: string | null | undefined): string | undefined {
  return text?.slice(0, aboutCharactersMax);
}
