import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A service behind the gateway: records its requests, and replies as the spec sets it up (default: 200 and the path). */
export class FakeUpstream {
  readonly requests: SeenRequest[] = [];
  answer: Answer = (request, response) => response.end(request.url);
  acceptUpgrade: (socket: Duplex, request: IncomingMessage) => void = (socket) => socket.destroy();
  private readonly server: Server;
  private readonly upgraded = new Set<Duplex>();

  private constructor() {
    this.server = createServer((request, response) => this.take(request, response));
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      this.upgraded.add(socket);
      // By default the server's sockets stay half open, and notice a disconnect only while they are read.
      socket
        .on('end', () => socket.end())
        .on('error', () => socket.destroy())
        .resume();
      this.acceptUpgrade(socket, request);
    });
  }

  static async start(): Promise<FakeUpstream> {
    const upstream = new FakeUpstream();
    await new Promise<void>((resolve) => upstream.server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    // A listening server has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get last(): SeenRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('the upstream got no request');
    return last;
  }

  async close(): Promise<void> {
    for (const socket of this.upgraded) socket.destroy();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { method = '', url = '', headers } = request;
      this.requests.push({ method, url, headers, body });
      this.answer(request, response, body);
    });
  }
}
