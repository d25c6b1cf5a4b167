import { AppError, type ContentPart, type Item, partsOf, sniffedType } from '@antiphon/contracts';
import type { Egress, EgressResponse } from '@antiphon/service-kit';
import type { ProviderQuirks } from '../../protocols/quirks/provider-quirks.ts';

type LinkQuirks = Pick<ProviderQuirks, 'image_links' | 'file_links'>;
type LinkedPart = Extract<ContentPart, { type: 'image' | 'file' }>;

const megabyte = 1024 * 1024;
/** The maximum size behind one link, in bytes. */
const linkBytesMax = 8 * megabyte;
/** The maximum size behind all links of one request, in bytes. */
const requestBytesMax = 16 * megabyte;
/** The maximum size of fetched content in all running requests of this process, in bytes. */
const heldBytesMax = 64 * megabyte;
const linksMax = 20;
const linkTimeoutMs = 30_000;
const redirectsMax = 3;

/** Items with data URLs in place of links. `release` returns their memory to the budget after the request. */
export interface InlinedItems {
  items: Item[];
  release: () => void;
}

/**
 * Downloads linked images and files for providers that do not follow links: from public addresses only (`Egress`), within limits of size and
 * time. Throws `model_refused`, with the link in the message, if a download fails, and `rate_limited` if the memory budget is used up.
 */
export class LinkedContent {
  private heldBytes = 0;

  constructor(private readonly egress: Pick<Egress, 'fetch'>) {}

  /** Whether a request has links to download. */
  isNeeded(items: readonly Item[], quirks: LinkQuirks): boolean {
    return items.some((item) => partsOf(item).some((part) => isFetched(part, quirks)));
  }

  async inline(items: readonly Item[], quirks: LinkQuirks, signal: AbortSignal): Promise<InlinedItems> {
    const links = new Set(
      items.flatMap(partsOf).flatMap((part) => (isFetched(part, quirks) ? [part.url] : [])),
    );
    if (links.size > linksMax)
      throw new AppError('model_refused', `The request names ${links.size} links; ${linksMax} are the most`);
    const fetched = new Map<string, Fetched>();
    let bytes = 0;
    const release = () => {
      this.heldBytes -= bytes;
      bytes = 0;
    };
    try {
      // One at a time, so that a request stays within its limit.
      for (const link of links) {
        if (this.heldBytes + linkBytesMax > heldBytesMax)
          throw new AppError('rate_limited', 'Too many files are being fetched; try again later', {
            retryAfterMs: 5_000,
          });
        // Reserves the maximum until the size is known.
        this.heldBytes += linkBytesMax;
        bytes += linkBytesMax;
        const answer = await this.fetch(
          link,
          Math.min(linkBytesMax, requestBytesMax - heldOf(fetched)),
          signal,
        );
        this.heldBytes -= linkBytesMax - answer.bytes;
        bytes -= linkBytesMax - answer.bytes;
        fetched.set(link, answer);
      }
    } catch (error) {
      release();
      throw error;
    }
    return { items: items.map((item) => withData(item, quirks, fetched)), release };
  }

  /** The bytes behind one link as a data URL. Throws like `inline`. */
  async read(link: string, signal: AbortSignal): Promise<string> {
    return (await this.fetch(link, linkBytesMax, signal)).dataUrl;
  }

  private async fetch(link: string, bytesMax: number, signal: AbortSignal): Promise<Fetched> {
    const request = { redirectsMax, decodedBytesMax: bytesMax, timeoutMs: linkTimeoutMs };
    const response = await this.egress.fetch(link, request, signal).catch((cause: unknown) => {
      if (signal.aborted) throw cause;
      const { code, message } = AppError.from(cause);
      if (code !== 'payload_too_large') throw refusal(link, message, cause);
      const isAlone = bytesMax === linkBytesMax;
      const reason = isAlone
        ? `it is larger than ${linkBytesMax / megabyte} MB`
        : `all links of a request may hold at most ${requestBytesMax / megabyte} MB`;
      throw refusal(link, reason, cause);
    });
    if (response.status < 200 || response.status > 299)
      throw refusal(link, `its server answered with status ${response.status}`);
    if (response.body.length === 0) throw refusal(link, 'it is empty');
    return toData(response);
  }
}

interface Fetched {
  dataUrl: string;
  bytes: number;
  filename: string;
}

function heldOf(fetched: ReadonlyMap<string, Fetched>): number {
  return [...fetched.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

function refusal(link: string, reason: string, cause?: unknown): AppError {
  return new AppError('model_refused', `${link.slice(0, 300)} could not be fetched: ${reason}`, { cause });
}

function toData({ body, headers, url }: EgressResponse): Fetched {
  const declared = /^[\w.+-]+\/[\w.+-]+/.exec(headers.get('content-type') ?? '')?.[0]?.toLowerCase();
  // File servers often declare no media type, or a generic one.
  const type = sniffedType(body) ?? declared ?? 'application/octet-stream';
  const name = decodeURIComponentSafely(new URL(url).pathname.split('/').at(-1) ?? '');
  return {
    dataUrl: `data:${type};base64,${body.toString('base64')}`,
    bytes: body.length,
    filename: name === '' ? 'file' : name.slice(0, 200),
  };
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isFetched(part: ContentPart, quirks: LinkQuirks): part is LinkedPart {
  if (part.type !== 'image' && part.type !== 'file') return false;
  if (!/^https?:/i.test(part.url)) return false;
  const handling = part.type === 'image' ? quirks.image_links : quirks.file_links;
  return handling === 'fetch' || (handling === 'https' && /^http:/i.test(part.url));
}

function withData(item: Item, quirks: LinkQuirks, fetched: ReadonlyMap<string, Fetched>): Item {
  const parts = partsOf(item);
  if (!parts.some((part) => isFetched(part, quirks))) return item;
  const content = parts.map((part) => {
    const data = isFetched(part, quirks) ? fetched.get(part.url) : undefined;
    if (data === undefined) return part;
    return part.type === 'file'
      ? { ...part, url: data.dataUrl, filename: part.filename ?? data.filename }
      : { ...part, url: data.dataUrl };
  });
  return item.type === 'message' ? { ...item, content } : ({ ...item, output: content } as Item); // only outputs have parts besides
}
