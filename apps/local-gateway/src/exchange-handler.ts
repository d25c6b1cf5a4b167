import { announcesBody, drainBody } from '@antiphon/service-kit/light';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Exchange, Outcome, Reply } from './exchange.ts';
import type { PluginChain } from './plugins/plugin-chain.ts';
import { bodyTooLarge } from './plugins/request-size-limiting.ts';
import { callerLeft, relay, type Relayed, type RelayFailure } from './proxy/proxy.ts';
import { readBody, streamBody } from './proxy/request-body.ts';
import type { Service } from './routing/kong-config.ts';
import { normalizePath, queryOf } from './routing/request-path.ts';
import type { RouteMatch, Router } from './routing/router.ts';
import { formatHead, tunnel } from './proxy/upgrade.ts';
import type { Upstreams } from './proxy/upstreams.ts';

export interface ExchangeHandlerParts {
  readonly router: Router;
  readonly plugins: PluginChain;
  readonly upstreams: Upstreams;
  readonly log: Logger;
  readonly bodyBytesMax: number;
  /** How long a caller may go on sending after its WebSocket has ended. */
  readonly closeTimeoutMs: number;
  /** Returns whether the gateway is closing: replies then end their connection. */
  readonly isClosing: () => boolean;
}

/** Handles one request: plugins of its route, upstream, reply. */
export class ExchangeHandler {
  private readonly parts: ExchangeHandlerParts;

  constructor(parts: ExchangeHandlerParts) {
    this.parts = parts;
  }

  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = this.open(request);
    const startedMs = performance.now();
    const end = await this.answer(exchange, request, response);
    this.close(exchange, { ...end, durationMs: performance.now() - startedMs });
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const exchange = this.open(request);
    const startedMs = performance.now();
    const end = await this.answerUpgrade(exchange, request, socket, head);
    this.close(exchange, { ...end, durationMs: performance.now() - startedMs });
  }

  private async answer(exchange: Exchange, request: IncomingMessage, response: ServerResponse): Promise<End> {
    const { upstreams, isClosing } = this.parts;
    const admitted = await this.admit(exchange, request);
    if ('message' in admitted) return this.refuse(exchange, request, response, admitted);
    const { service, route, upstreamPath } = admitted;
    const to = { pool: upstreams.poolFor(service), service, upstreamPath, response };
    if (announcesBody(request) && !route.request_buffering) {
      const body = streamBody(request, exchange.bodyBytesMax);
      const result = await relay(exchange, { ...to, body, closesConnection: isClosing() });
      return this.end(exchange, request, response, { service, result, bytesIn: body.size() });
    }
    const body = announcesBody(request) ? await readBody(request, exchange.bodyBytesMax) : noBody;
    if (body === 'too large') return this.refuse(exchange, request, response, bodyTooLarge);
    if (body === 'aborted' || response.destroyed) return { ...nothingSent, status: callerLeft };
    const result = await relay(exchange, { ...to, body: body.bytes, closesConnection: isClosing() });
    return this.end(exchange, request, response, { service, result, bytesIn: body.bytes?.length ?? 0 });
  }

  private end(
    exchange: Exchange,
    request: IncomingMessage,
    response: ServerResponse,
    { service, result, bytesIn }: { service: Service; result: Relayed | RelayFailure; bytesIn: number },
  ): End {
    if (!('cause' in result)) return { ...result, source: 'service', bytesIn };
    const { log } = this.parts;
    log.warn({ err: result.cause, service: service.name, requestId: exchange.requestId }, 'upstream failed');
    return { ...this.refuse(exchange, request, response, result.reply), bytesIn };
  }

  private async answerUpgrade(
    exchange: Exchange,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<End> {
    const admitted = await this.admit(exchange, request);
    const result =
      'message' in admitted
        ? admitted
        : await tunnel(exchange, {
            service: admitted.service,
            address: this.parts.upstreams.addressOf(admitted.service),
            upstreamPath: admitted.upstreamPath,
            socket,
            head,
            localPort: request.socket.localPort,
            closeTimeoutMs: this.parts.closeTimeoutMs,
          });
    if (typeof result === 'number') return { ...nothingSent, status: result, source: 'service' };
    const body = bodyOf(result, exchange);
    const headers = [...headersOf(result, exchange, body), 'connection', 'close'];
    socket.end(formatHead(result.status, 'Refused', headers) + body);
    return { ...nothingSent, status: result.status };
  }

  /** Runs the plugins. A request continues if no plugin refuses it and a route matches. */
  private async admit(exchange: Exchange, { url = '/' }: IncomingMessage): Promise<RouteMatch | Reply> {
    if (url.includes('#')) return fragmentInTarget;
    return (await this.parts.plugins.access(exchange)) ?? exchange.match ?? noRoute;
  }

  private refuse(exchange: Exchange, request: IncomingMessage, response: ServerResponse, reply: Reply): End {
    const body = bodyOf(reply, exchange);
    const headers = headersOf(reply, exchange, body);
    if (this.parts.isClosing()) headers.push('connection', 'close');
    response.writeHead(reply.status, headers).write(body);
    // Ending the reply may end the connection before a client that still writes has read the reply.
    void drainBody(request, this.parts.bodyBytesMax).then(() => response.end());
    return { ...nothingSent, status: reply.status, bytesOut: Buffer.byteLength(body) };
  }

  private open(request: IncomingMessage): Exchange {
    const method = request.method ?? 'GET';
    const target = request.url ?? '/';
    const path = normalizePath(target);
    const { headers } = request;
    return {
      method,
      path,
      query: queryOf(target),
      headers,
      clientIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      match: this.parts.router.match({ method, path, headers }),
      requestId: randomUUID(),
      consumer: undefined,
      removedHeaders: new Set(),
      addedHeaders: new Map(),
      responseHeaders: new Map(),
      bodyBytesMax: this.parts.bodyBytesMax,
    };
  }

  private close(exchange: Exchange, outcome: Outcome): void {
    this.parts.plugins.log(exchange, outcome);
    const line = {
      requestId: exchange.requestId,
      method: exchange.method,
      path: exchange.path,
      status: outcome.status,
      ms: Math.round(outcome.durationMs),
      route: exchange.match?.route.name,
    };
    // A service logs what it answers, with the caller and the response.
    if (outcome.source === 'service') this.parts.log.debug(line, 'request');
    else this.parts.log.info(line, 'request');
  }
}

type End = Omit<Outcome, 'durationMs'>;

const noBody = { bytes: null };

const noRoute: Reply = { status: 404, message: 'no Route matched with those values' };

/** A router that drops the fragment would match another route than the one whose limits were checked. */
const fragmentInTarget: Reply = { status: 400, message: 'The request target must not hold a "#"' };

const nothingSent = { source: 'gateway', upstreamMs: undefined, bytesIn: 0, bytesOut: 0 } as const;

/** Kong's body for its own replies. */
function bodyOf(reply: Reply, exchange: Exchange): string {
  if (reply.message === '') return '';
  return JSON.stringify({ message: reply.message, request_id: exchange.requestId });
}

function headersOf(reply: Reply, exchange: Exchange, body: string): string[] {
  const headers = body === '' ? [] : ['content-type', 'application/json; charset=utf-8'];
  for (const [name, value] of exchange.responseHeaders) {
    if (reply.headers?.[name] === undefined) headers.push(name, value);
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) headers.push(name, value);
  headers.push('content-length', String(Buffer.byteLength(body)));
  return headers;
}
