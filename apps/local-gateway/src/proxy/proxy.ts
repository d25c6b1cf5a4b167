import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher, Pool } from 'undici';
import type { Exchange, Reply } from '../exchange.ts';
import type { Service } from '../routing/kong-config.ts';
import { bodyTooLarge } from '../plugins/request-size-limiting.ts';
import { BodyTooLargeError, type StreamedBody } from './request-body.ts';
import { requestHeaders, responseHeaders } from './upstream-headers.ts';

/** The part of the upstream's reply that the caller got. */
export interface Relayed {
  /** 499 if the caller disconnected, or was cut off, before the end. */
  readonly status: number;
  readonly upstreamMs: number | undefined;
  readonly bytesOut: number;
}

/** The upstream has not answered, and nothing has been sent to the caller. */
export interface RelayFailure {
  readonly reply: Reply;
  readonly cause: Error;
}

export interface RelayOptions {
  readonly pool: Pool;
  readonly service: Service;
  readonly upstreamPath: string;
  readonly body: Buffer | StreamedBody | null;
  readonly response: ServerResponse;
  /** Whether the caller's connection ends with this reply, because the gateway is closing. */
  readonly closesConnection: boolean;
}

/**
 * Relays one request and its reply: headers and every chunk as they arrive, no faster than the caller reads, and until the caller
 * disconnects. Undici's `dispatch` costs a fraction of its `request`, and `@fastify/reply-from` holds the headers until the first chunk.
 */
export function relay(exchange: Exchange, options: RelayOptions): Promise<Relayed | RelayFailure> {
  return new Promise((resolve) => {
    const { pool, service, upstreamPath, body, response } = options;
    const handler = new RelayHandler(exchange, options, resolve);
    response.on('close', () => handler.onCallerGone());
    const headers = requestHeaders(exchange, response.socket?.localPort);
    const isStreamed = body !== null && 'stream' in body;
    if (isStreamed && body.length !== undefined) headers.push('content-length', body.length);
    pool.dispatch(
      {
        path: upstreamPath + exchange.query,
        method: exchange.method,
        headers,
        body: isStreamed ? body.stream : body,
        headersTimeout: service.read_timeout,
        bodyTimeout: service.read_timeout,
      },
      handler,
    );
  });
}

/** Counted like nginx, and so Kong, does. */
export const callerLeft = 499;

class RelayHandler implements Dispatcher.DispatchHandler {
  private readonly exchange: Exchange;
  private readonly options: RelayOptions;
  private readonly response: ServerResponse;
  private readonly resolve: (result: Relayed | RelayFailure) => void;
  private readonly startedMs = performance.now();
  private controller: Dispatcher.DispatchController | undefined;
  private isCallerGone = false;
  private status = 0;
  private upstreamMs: number | undefined;
  private bytesOut = 0;

  constructor(exchange: Exchange, options: RelayOptions, resolve: (result: Relayed | RelayFailure) => void) {
    this.exchange = exchange;
    this.options = options;
    this.response = options.response;
    this.resolve = resolve;
  }

  /** A response also closes after its proper end; then there is nothing to abort. */
  onCallerGone(): void {
    if (this.response.writableFinished) return;
    this.isCallerGone = true;
    // A request that waits for its connection has no controller: it is aborted when it gets one.
    this.controller?.abort(new CallerGoneError());
    this.resolve({ status: callerLeft, upstreamMs: this.upstreamMs, bytesOut: this.bytesOut });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isCallerGone) controller.abort(new CallerGoneError());
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusMessage = '',
  ): void {
    // Interim responses (103 Early Hints) are not relayed.
    if (status < 200) return;
    this.status = status;
    this.upstreamMs = performance.now() - this.startedMs;
    const sent = responseHeaders(this.exchange, headers);
    if (this.options.closesConnection) sent.push('connection', 'close');
    this.response.on('drain', () => controller.resume());
    this.response.writeHead(status, statusMessage, sent);
    // Headers and chunks of one packet leave in one packet; headers that came alone leave alone.
    process.nextTick(() => {
      if (this.bytesOut === 0 && !this.response.writableEnded) this.response.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytesOut += chunk.length;
    if (!this.response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.response.end();
    this.resolve({ status: this.status, upstreamMs: this.upstreamMs, bytesOut: this.bytesOut });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, cause: Error): void {
    if (this.isCallerGone) return;
    if (!this.response.headersSent) {
      this.resolve({ reply: replyFor(cause), cause });
      return;
    }
    // Half a reply must not look like a whole one.
    this.response.destroy();
  }
}

class CallerGoneError extends Error {
  override readonly name = 'CallerGoneError';
}

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A connection that was never established can be tried again; afterwards the upstream may have acted. */
export function replyFor(cause: Error): Reply {
  if (cause instanceof BodyTooLargeError) return bodyTooLarge;
  const code = 'code' in cause ? String(cause.code) : '';
  if (unreachableCodes.has(code)) {
    return { status: 503, message: 'The upstream server is unavailable', headers: { 'retry-after': '1' } };
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return { status: 504, message: 'The upstream server is timing out' };
  return { status: 502, message: 'An invalid response was received from the upstream server' };
}
