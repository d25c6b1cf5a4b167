import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorReply } from '@antiphon/service-kit';

/** Answers a handshake with an error of HTTP, and ends its connection. */
export function refuseUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { status, headers, body }: ErrorReply,
  requestId: string,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.once('finish', () => socket.end());
  // A server's upgrade sockets are those of its connections.
  response.assignSocket(socket as IncomingMessage['socket']);
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'x-request-id': requestId });
  response.end(JSON.stringify(body));
}
