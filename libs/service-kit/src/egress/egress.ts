import type { Readable } from 'node:stream';
import { AppError, connectionHeaders } from '@antiphon/contracts';
import type { Agent, Dispatcher } from 'undici';
import { acceptedEncodings, decodedStream, readDecoded } from './decoded-body.ts';
import { type EgressPurpose, hostsFor } from './egress-purpose.ts';
import { guardedAgent, type ResolveName } from './guarded-agent.ts';
import { hostOf, portOf, ReachRules } from './reach-rules.ts';

export interface EgressConfig {
  /**
   * Private hosts that may be reached: `host:port`, or a host for all its ports; with a purpose before it (`webhooks:host:port`)
   * for that purpose only.
   */
  allowedHosts: readonly string[];
  /** The ports that may be reached on public hosts. */
  allowedPorts: readonly number[];
  connectTimeoutMs: number;
  connectionsPerHostMax: number;
}

export interface EgressRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** How many redirects are followed; with 0 a redirect is the answer. */
  redirectsMax: number;
  /** The most the body may be after decompression. */
  decodedBytesMax: number;
  /** The time of the whole request: name resolution, redirects and the body. */
  timeoutMs: number;
  /** Called with every URL before it is requested, redirects too; throws to refuse it. */
  checkUrl?: (url: URL) => void;
  /** Called with the answer before its body is read; throws to leave it unread. */
  checkHead?: (head: EgressHead) => void;
}

export interface EgressHead {
  status: number;
  headers: Headers;
  /** The URL of the answer, after redirects. */
  url: string;
}

export interface EgressResponse extends EgressHead {
  /** Decoded. */
  body: Buffer;
}

export interface EgressStreamRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** The time until the status and the headers arrive. */
  headTimeoutMs: number;
  /** The longest silence within the body; 0 for any. */
  silenceTimeoutMs: number;
  /** The most the body may be after decompression. */
  decodedBytesMax: number;
}

export interface EgressStream extends EgressHead {
  /** Decoded. The receiver must read it to its end or destroy it. */
  body: Readable;
}

const urlLengthMax = 8192;

/** A request after the redirects so far. */
interface Hop {
  url: URL;
  method: string;
  headers: Headers;
  body: string | Uint8Array | null;
}

/**
 * The only way to request URLs that callers or models choose. It reaches public addresses and those that the operator listed. Its errors
 * do not say why an address is refused, so that they reveal nothing of a private network.
 */
export class Egress {
  private readonly rules: Record<EgressPurpose, ReachRules>;
  private readonly agent: Agent;

  /** `purpose` of all its requests. */
  constructor(
    private readonly config: EgressConfig,
    private readonly purpose: Exclude<EgressPurpose, 'redirects'>,
    resolveName?: ResolveName,
  ) {
    this.rules = {
      webhooks: this.rulesFor('webhooks'),
      tools: this.rulesFor('tools'),
      mcp: this.rulesFor('mcp'),
      links: this.rulesFor('links'),
      redirects: this.rulesFor('redirects'),
    };
    this.agent = guardedAgent(this.rulesFor(purpose, 'redirects'), { ...config, resolveName });
  }

  /**
   * Parses a URL and checks it by its text; nothing is resolved or contacted. Throws `invalid_request` with the same message for every
   * reason. `param` names the field of the URL; `purpose` is its later use, where another process requests it.
   */
  checkUrl(text: string, param?: string, purpose: EgressPurpose = this.purpose): URL {
    const url = this.reachableUrl(text, purpose);
    if (url) return url;
    const subject = param ?? 'The URL';
    throw new AppError(
      'invalid_request',
      `${subject} must be an http or https URL of a public host, without user name and password.`,
      { param },
    );
  }

  /**
   * Sends a request and reads the whole answer. Throws `invalid_request` for a URL or headers that cannot be sent, `payload_too_large`,
   * `cancelled` when the signal aborts, and `unavailable` for every other failure, with a message without addresses.
   */
  async fetch(url: string, request: EgressRequest, signal: AbortSignal): Promise<EgressResponse> {
    const deadline = AbortSignal.timeout(request.timeoutMs);
    try {
      const first = { url: this.checkUrl(url), ...prepare(request) };
      return await this.follow(first, request, AbortSignal.any([signal, deadline]));
    } catch (cause) {
      throw failureOf(cause, { signal, deadline, timeoutMs: request.timeoutMs });
    }
  }

  /**
   * Sends a request and returns the answer as soon as its head arrives, with its body as a stream. Redirects are not followed.
   * Fails as `fetch` does until the head is there; after that the stream ends with an error, when the signal aborts too.
   */
  async stream(url: string, request: EgressStreamRequest, signal: AbortSignal): Promise<EgressStream> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), request.headTimeoutMs);
    try {
      // Servers that compress a stream tend to hold it back.
      const headers = { 'accept-encoding': 'identity', ...request.headers };
      const hop = { url: this.checkUrl(url), ...prepare({ ...request, headers }) };
      const timeouts = { headMs: request.headTimeoutMs, silenceMs: request.silenceTimeoutMs };
      const answer = await this.send(hop, timeouts, AbortSignal.any([signal, deadline.signal]));
      const head: EgressHead = { status: answer.statusCode, headers: headersOf(answer), url: hop.url.href };
      const encoding = head.headers.get('content-encoding') ?? '';
      const body = decodedStream(answer.body, encoding, request.decodedBytesMax);
      body.on('error', () => undefined); // as in send
      return { ...head, body };
    } catch (cause) {
      const timeoutMs = request.headTimeoutMs;
      throw failureOf(cause, { signal, deadline: deadline.signal, timeoutMs });
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /** Nest closes what it made. */
  onModuleDestroy(): Promise<void> {
    return this.close();
  }

  private async follow(first: Hop, request: EgressRequest, signal: AbortSignal): Promise<EgressResponse> {
    let hop = first;
    for (let redirects = 0; ; redirects++) {
      request.checkUrl?.(hop.url);
      const timeouts = { headMs: request.timeoutMs, silenceMs: request.timeoutMs };
      const answer = await this.send(hop, timeouts, signal);
      const target = request.redirectsMax > 0 ? redirectTarget(answer, hop.url) : null;
      if (target === null) return await receive(answer, hop, request);
      answer.body.destroy();
      if (redirects === request.redirectsMax) {
        throw new AppError('unavailable', `The server redirects more than ${request.redirectsMax} times.`);
      }
      const url = this.redirectUrl(target, hop.url);
      if (!url) throw new AppError('unavailable', 'The server redirects to a URL that may not be requested.');
      hop = nextHop(hop, url, answer.statusCode);
    }
  }

  /** A host may redirect to itself; to another one that is private only where that is open for redirects. */
  private redirectUrl(target: string, from: URL): URL | null {
    const own = this.reachableUrl(target, this.purpose);
    return own && hostOf(own) === hostOf(from) ? own : this.reachableUrl(target, 'redirects');
  }

  private reachableUrl(text: string, purpose: EgressPurpose): URL | null {
    const url = parseUrl(text);
    return url && this.rules[purpose].mayTry(hostOf(url), portOf(url)) ? url : null;
  }

  private rulesFor(...purposes: EgressPurpose[]): ReachRules {
    const { allowedHosts, allowedPorts } = this.config;
    return new ReachRules({
      allowedHosts: purposes.flatMap((purpose) => hostsFor(purpose, allowedHosts)),
      allowedPorts,
    });
  }

  private async send(
    hop: Hop,
    timeouts: { headMs: number; silenceMs: number },
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const answer = await this.agent.request({
      origin: hop.url.origin,
      path: hop.url.pathname + hop.url.search,
      method: hop.method, // any token is sent; undici refuses other texts
      headers: Object.fromEntries(hop.headers),
      body: hop.body,
      headersTimeout: timeouts.headMs,
      bodyTimeout: timeouts.silenceMs,
      signal,
    });
    // The body is destroyed as soon as its reader stops; later errors do not matter.
    answer.body.on('error', () => undefined);
    return answer;
  }
}

/** The error of a failed request, with a message without addresses. */
function failureOf(
  cause: unknown,
  { signal, deadline, timeoutMs }: { signal: AbortSignal; deadline: AbortSignal; timeoutMs: number },
): AppError {
  if (signal.aborted) return new AppError('cancelled', 'The request was cancelled.', { cause });
  if (cause instanceof AppError) return cause;
  const message = deadline.aborted
    ? `The server did not answer within ${timeoutMs / 1000} s.`
    : 'The server could not be reached.';
  return new AppError('unavailable', message, { cause });
}

/** Parsers disagree about control characters and backslashes, and this parser removes them. */
const ambiguous = /[\u0000-\u0020\u007f\\]/;

function parseUrl(text: string): URL | null {
  if (text.length > urlLengthMax || ambiguous.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') return null;
  url.hostname = url.hostname.replace(/\.$/, '');
  url.hash = '';
  return url;
}

function prepare(request: Pick<EgressRequest, 'method' | 'headers' | 'body'>): Omit<Hop, 'url'> {
  const headers = parseHeaders(request.headers ?? {});
  for (const name of connectionHeaders) {
    if (headers.has(name)) throw new AppError('invalid_request', `The header "${name}" cannot be set.`);
  }
  const defaults = { accept: '*/*', 'accept-encoding': acceptedEncodings, 'user-agent': 'Antiphon' };
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value);
  return { method: (request.method ?? 'GET').toUpperCase(), headers, body: request.body ?? null };
}

function parseHeaders(headers: Record<string, string>): Headers {
  try {
    return new Headers(headers);
  } catch (cause) {
    throw new AppError('invalid_request', 'A header has a name or value that HTTP does not allow.', {
      cause,
    });
  }
}

function redirectTarget(answer: Dispatcher.ResponseData, base: URL): string | null {
  const location = answer.headers['location'];
  if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== 'string') return null;
  // A text that is not a URL is refused where it is checked.
  return URL.canParse(location, base.href) ? new URL(location, base).href : location;
}

/** The headers that follow a redirect to another origin: no credentials. */
const harmlessHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'idempotency-key',
  'user-agent',
]);

function nextHop(hop: Hop, url: URL, status: number): Hop {
  const becomesGet = (status === 303 && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST');
  const headers = new Headers(hop.headers);
  if (becomesGet) headers.delete('content-type');
  if (url.origin !== hop.url.origin) {
    for (const name of [...headers.keys()]) if (!harmlessHeaders.has(name)) headers.delete(name);
  }
  return becomesGet ? { url, method: 'GET', headers, body: null } : { ...hop, url, headers };
}

async function receive(
  answer: Dispatcher.ResponseData,
  hop: Hop,
  request: EgressRequest,
): Promise<EgressResponse> {
  const head: EgressHead = { status: answer.statusCode, headers: headersOf(answer), url: hop.url.href };
  try {
    request.checkHead?.(head);
    const encoding = hop.method === 'HEAD' ? '' : (head.headers.get('content-encoding') ?? '');
    return { ...head, body: await readDecoded(answer.body, encoding, request.decodedBytesMax) };
  } finally {
    answer.body.destroy();
  }
}

function headersOf(answer: Dispatcher.ResponseData): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const single of [value ?? []].flat()) headers.append(name, single);
  }
  return headers;
}
