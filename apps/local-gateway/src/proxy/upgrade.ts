import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange, Reply } from '../exchange.ts';
import type { Service } from '../routing/kong-config.ts';
import { replyFor } from './proxy.ts';
import { requestHeaders, responseHeaders } from './upstream-headers.ts';

export interface TunnelOptions {
  readonly service: Service;
  readonly address: URL;
  readonly upstreamPath: string;
  readonly socket: Duplex;
  /** Bytes that the caller has sent after the request's headers. */
  readonly head: Buffer;
  readonly localPort: number | undefined;
  /** How long the caller may go on sending after the upstream has ended. */
  readonly closeTimeoutMs: number;
}

/**
 * Relays a WebSocket handshake and, once the upstream has accepted, bytes both ways. Resolves to the handshake's status, or to the reply
 * that refuses it. Until the upstream has accepted, only the handshake passes: a raw pipe would let a caller send more requests past the
 * plugins behind a refused one.
 */
export function tunnel(exchange: Exchange, options: TunnelOptions): Promise<number | Reply> {
  const { service, address, upstreamPath, socket, head, localPort, closeTimeoutMs } = options;
  return new Promise((resolve) => {
    const upstreamRequest = httpRequest({
      host: address.hostname,
      port: address.port === '' ? 80 : Number(address.port),
      method: exchange.method,
      path: upstreamPath + exchange.query,
      headers: [
        'host',
        address.host,
        ...requestHeaders(exchange, localPort),
        'connection',
        'Upgrade',
        'upgrade',
        'websocket',
      ],
      timeout: service.connect_timeout,
      agent: false,
    });
    socket.on('close', () => upstreamRequest.destroy());
    upstreamRequest.on('timeout', () => upstreamRequest.destroy(new Error('the handshake took too long')));
    upstreamRequest.on('error', (cause) => resolve(replyFor(cause)));
    upstreamRequest.on('response', (answer) => {
      passRefusal(exchange, answer, socket);
      resolve(answer.statusCode ?? 502);
    });
    upstreamRequest.on('upgrade', (answer, upstreamSocket, upstreamHead) => {
      socket.write(formatHead(101, 'Switching Protocols', agreedHeaders(exchange, answer)));
      socket.write(upstreamHead);
      upstreamSocket.write(head);
      upstreamSocket.setTimeout(service.read_timeout, () => upstreamSocket.destroy());
      join(socket, upstreamSocket, closeTimeoutMs);
      resolve(101);
    });
    upstreamRequest.end();
  });
}

/** Formats the head of a raw HTTP reply. */
export function formatHead(status: number, statusMessage: string, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status} ${statusMessage}`];
  for (let index = 0; index + 1 < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function agreedHeaders(exchange: Exchange, answer: IncomingMessage): string[] {
  return [...responseHeaders(exchange, answer.headers), 'connection', 'Upgrade', 'upgrade', 'websocket'];
}

/** The connection ends with the body, so its length may be unknown. */
function passRefusal(exchange: Exchange, answer: IncomingMessage, socket: Duplex): void {
  const headers = [...responseHeaders(exchange, answer.headers), 'connection', 'close'];
  socket.write(formatHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers));
  answer.on('error', () => socket.destroy());
  answer.pipe(socket);
}

/**
 * Pipes bytes both ways until one side closes. After the upstream, the caller's side is closed for writing alone at first: a connection that
 * is closed while it holds unread bytes is reset, and the reset can take the last message of the upstream (why it ended) from a caller that
 * is still sending.
 */
function join(socket: Duplex, upstreamSocket: Duplex, closeTimeoutMs: number): void {
  socket.on('error', () => socket.destroy()).on('close', () => upstreamSocket.destroy());
  upstreamSocket.on('error', () => upstreamSocket.destroy());
  socket.pipe(upstreamSocket).pipe(socket);
  upstreamSocket.on('close', () => {
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), closeTimeoutMs);
    socket.on('close', () => clearTimeout(timer));
  });
}
