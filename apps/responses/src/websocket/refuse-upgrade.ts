import type { Duplex } from 'node:stream';
import type { ErrorReply } from '@antiphon/service-kit';

/** Answers a handshake with an HTTP error and closes its connection. */
export function refuseUpgrade(
  socket: Duplex,
  { status, headers, body }: ErrorReply,
  requestId: string,
): void {
  const text = JSON.stringify(body);
  const head = {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
    'x-request-id': requestId,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${text}`);
}
