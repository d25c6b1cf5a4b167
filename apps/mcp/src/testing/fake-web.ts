import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Egress } from '@antiphon/service-kit';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A web server on loopback: its answers by path, and the requests that it got. */
export interface FakeWeb {
  url: string;
  requests: SeenRequest[];
  close(): Promise<void>;
}

export type Answer = (request: SeenRequest, reply: ServerResponse) => void;

export async function startWeb(answers: Record<string, Answer>): Promise<FakeWeb> {
  const requests: SeenRequest[] = [];
  const server: Server = createServer((request, reply) => {
    void readBody(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body };
      requests.push(seen);
      const answer = answers[url.split('?')[0] ?? ''];
      if (answer) answer(seen, reply);
      else reply.writeHead(404, { 'content-type': 'text/plain' }).end('there is nothing here');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Answers with this body. */
export function give(contentType: string, body: string | Buffer, status = 200): Answer {
  return (_request, reply) => void reply.writeHead(status, { 'content-type': contentType }).end(body);
}

/** An egress that allows these hosts on loopback. */
export function egressTo(...allowedHosts: string[]): Egress {
  return new Egress(
    {
      allowedHosts,
      allowedPorts: [80, 443],
      connectTimeoutMs: 1_000,
      connectionsPerHostMax: 8,
    },
    'tools',
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
