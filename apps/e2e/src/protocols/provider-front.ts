import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A reply in a provider's own words. */
export interface FrontReply {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** What a provider sends for a context that is too long, and for an answer without any content. */
export interface FrontFaults {
  overflow: FrontReply;
  empty: FrontReply;
}

/** A request and the reply to it, byte by byte. */
export interface Exchange {
  request: string;
  reply: string;
}

/**
 * Stands between the system and a strict server and keeps what both say. A request with the words `please overflow`, `please send nothing` or
 * `please cut` gets a fault of the provider; a cut reply is the first half of the real one.
 */
export class ProviderFront {
  readonly exchanges: Exchange[] = [];
  private readonly server: Server;

  private constructor(
    private readonly target: string,
    private readonly faults: FrontFaults,
  ) {
    this.server = createServer((request, response) => {
      void buffer(request).then((body) => this.serve(request, body, response));
    });
  }

  static async start(target: string, faults: FrontFaults): Promise<ProviderFront> {
    const front = new ProviderFront(target, faults);
    front.server.listen(0, '127.0.0.1');
    await once(front.server, 'listening');
    return front;
  }

  get url(): string {
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The exchanges whose requests contain a text, in their order. */
  about(text: string): Exchange[] {
    return this.exchanges.filter(({ request }) => request.includes(text));
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(
    { method = 'GET', url = '/', headers }: { method?: string; url?: string; headers: IncomingHttpHeaders },
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const request = body.toString('utf8');
    const [, fault] = /please (overflow|send nothing|cut)/.exec(request) ?? [];
    if (fault === 'overflow') return send(response, this.faults.overflow);
    if (fault === 'send nothing') return send(response, this.faults.empty);
    const reply = await fetch(`${this.target}${url}`, {
      method,
      headers: forwarded(headers),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const bytes = new Uint8Array(await reply.arrayBuffer());
    this.exchanges.push({ request, reply: Buffer.from(bytes).toString('latin1') });
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? 'text/plain' });
    if (fault === undefined) response.end(bytes);
    else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  }
}

function forwarded(headers: IncomingHttpHeaders): Record<string, string> {
  const own = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      own.includes(name) || value === undefined ? [] : [[name, String(value)]],
    ),
  );
}

function send(response: ServerResponse, { status, headers, body }: FrontReply): void {
  response.writeHead(status, headers).end(body);
}
