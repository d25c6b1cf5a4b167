import { AppError, type WebSearchDetail, type WebSearchOptions } from '@antiphon/contracts';
import { z } from 'zod';
import {
  defineTool,
  readOnly,
  type RegisteredTool,
  type ToolContext,
  type ToolOutput,
} from '../../host/tool.ts';
import type { FetchedPage } from '../../pages/fetch-page.ts';
import { isUsable } from '../../search/usable-pages.ts';
import { citable, citingNotice, shownMark } from '../citable-sources.ts';
import { domainsOf } from './search-function.ts';

/** How the functions read pages. */
export interface PageReading extends WebSearchOptions {
  timeoutMs: number;
  fetch(url: string, signal: AbortSignal): Promise<FetchedPage>;
}

/** Characters of a page that one call gives, by the size of the context. */
const charactersMax: Readonly<Record<WebSearchOptions['contextSize'], number>> = {
  low: 8_000,
  medium: 24_000,
  high: 64_000,
};
/** Places of a pattern that one call gives, and the characters around each. */
const placesMax = 20;
const aroundCharacters = 300;

const Address = z.string().min(1).max(4096).describe('Address of the page, with http:// or https://.');

/** The function that opens a page. */
export function openPageFunction(reading: PageReading): RegisteredTool {
  const { contextSize, timeoutMs } = reading;
  return defineTool({
    name: 'web_search_open_page',
    description:
      'Opens a web page and gives its readable text. Use it to read a page that web_search found or that the user named. A long page is given in parts.',
    parameters: z.object({
      url: Address,
      from: z.int().min(0).default(0).describe('The character to begin at, for a later part of a long page.'),
    }),
    annotations: readOnly,
    timeoutMs,
    async run({ url, from }, context, signal) {
      const page = await open(url, reading, signal);
      const { text } = page.content;
      const part = text.slice(from, from + charactersMax[contextSize]);
      const end = from + part.length;
      const rest = end < text.length ? `\n\n[The page is longer: open it again from character ${end}.]` : '';
      return output(page, `${part}${rest}`, { type: 'open_page', url }, context);
    },
  });
}

/** The function that finds a text in a page. */
export function findInPageFunction(reading: PageReading): RegisteredTool {
  return defineTool({
    name: 'web_search_find_in_page',
    description:
      'Finds a word or phrase in a web page and gives the text around each place. Use it for long pages.',
    parameters: z.object({
      url: Address,
      pattern: z.string().min(1).max(500).describe('The word or phrase, in any case.'),
    }),
    annotations: readOnly,
    timeoutMs: reading.timeoutMs,
    async run({ url, pattern }, context, signal) {
      const page = await open(url, reading, signal);
      const places = placesOf(page.content.text, pattern);
      const text = places.length === 0 ? 'The page does not have this text.' : places.join('\n\n');
      return output(page, text, { type: 'find_in_page', url, pattern }, context);
    },
  });
}

async function open(url: string, reading: PageReading, signal: AbortSignal): Promise<FetchedPage> {
  const domains = domainsOf(reading);
  const address = url.includes('://') ? url : `https://${url}`;
  if (domains.allowed.length + domains.blocked.length > 0 && !isUsable(address, domains))
    throw new AppError('forbidden', 'The page is not on a domain that this search may use.');
  return reading.fetch(address, signal);
}

function output(
  { url, content }: FetchedPage,
  text: string,
  action: WebSearchDetail['action'],
  { idempotencyKey }: ToolContext,
): ToolOutput {
  const title = content.title ?? url;
  const sources = citable(idempotencyKey, [{ url, title }]);
  const [source] = sources;
  const head = `${source ? shownMark(source) : ''} ${title}\n${url}`;
  return {
    text: `${head}\n\n${text}\n\n${citingNotice(sources)}`,
    sources,
    detail: { kind: 'web_search', action },
  };
}

/** The text around each place of a pattern, without overlaps. */
function placesOf(text: string, pattern: string): string[] {
  const searched = text.toLowerCase();
  const wanted = pattern.toLowerCase();
  const places: string[] = [];
  let from = 0;
  while (places.length < placesMax) {
    const at = searched.indexOf(wanted, from);
    if (at < 0) break;
    const end = at + wanted.length + aroundCharacters;
    places.push(`…${text.slice(Math.max(from, at - aroundCharacters), end).trim()}…`);
    from = end;
  }
  return places;
}
