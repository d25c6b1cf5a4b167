import { AppError } from '@antiphon/contracts';
import type { Egress, EgressHead, EgressResponse } from '@antiphon/service-kit';
import type { PageReader } from './page-reader.ts';
import type { Page } from './read-page.ts';
import { decodeText } from './text-decoding.ts';

export interface FetchOptions {
  /** For downloading the page. */
  timeoutMs: number;
  pageBytesMax: number;
  redirectsMax: number;
  elementsMax: number;
  pdfPagesMax: number;
  /** Characters of a PDF's text. */
  outputBytesMax: number;
  /** Throws where the URL, or one that it redirects to, may not be requested. */
  checkUrl: (url: URL) => void;
}

/** The readable content of an address. */
export interface FetchedPage {
  /** The address after redirects. */
  url: string;
  /** The media type; empty where the server sends none. */
  mediaType: string;
  content: PageContent;
}

export type PageContent = Partial<Page> &
  Pick<Page, 'text' | 'markdown'> & { pages?: { read: number; total: number } };

/**
 * Fetches an address and reads its text. Throws the errors of the egress, `not_found` and `unavailable` by the status of the answer, and
 * `unsupported_media_type` for content that is not readable.
 */
export async function fetchPage(
  url: string,
  { wantsMarkdown, ...options }: FetchOptions & { wantsMarkdown: boolean },
  egress: Egress,
  pages: PageReader,
  signal: AbortSignal,
): Promise<FetchedPage> {
  const answer = await egress.fetch(
    url,
    {
      headers: {
        accept:
          'text/html,application/xhtml+xml,application/pdf;q=0.9,application/json;q=0.9,text/*;q=0.8,*/*;q=0.1',
      },
      redirectsMax: options.redirectsMax,
      decodedBytesMax: options.pageBytesMax,
      timeoutMs: options.timeoutMs,
      checkUrl: options.checkUrl,
      checkHead: refuseUnreadable,
    },
    signal,
  );
  const content = isPdf(answer)
    ? await readPdf(answer, options, pages, signal)
    : await readContent(answer, wantsMarkdown, options.elementsMax, pages, signal);
  return { url: answer.url, mediaType: mediaType(answer.headers), content };
}

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
    `only HTML, PDF, JSON and text can be read; this address gives ${type.slice(0, 100)}`,
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
  { pdfPagesMax, outputBytesMax }: FetchOptions,
  pages: PageReader,
  signal: AbortSignal,
): Promise<PageContent> {
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
): Promise<PageContent> {
  const type = mediaType(answer.headers);
  if (type === unknownBytes || (type === '' && answer.body.includes(0))) throw unreadable('no text');
  const text = decodeText(answer.body, answer.headers.get('content-type') ?? '');
  // Without a media type the content decides.
  if (!isHtml(type) && !(type === '' && text.trimStart().startsWith('<'))) return { text, markdown: null };
  return pages.read({ html: text, url: answer.url, wantsMarkdown, elementsMax }, signal);
}
