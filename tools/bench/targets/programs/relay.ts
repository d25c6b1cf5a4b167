/**
 * The bare relay, with only the work that any proxy between a client and a provider must do. It reads the request, sends it on over a kept
 * connection, and pipes the answer back. Argument: the provider's origin. It writes its port as its only line.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { Pool } from 'undici';

const [origin = ''] = process.argv.slice(2);
const provider = new Pool(origin, { connections: 2048 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const headers = { 'content-type': 'application/json' };
    const path = request.url ?? '/';
    provider.request({ method: 'POST', path, headers, body: Buffer.concat(chunks) }).then(
      ({ statusCode, headers: answered, body }) => {
        response.writeHead(statusCode, { 'content-type': String(answered['content-type']) });
        pipeline(body, response, () => undefined);
      },
      () => response.writeHead(502).end(),
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has an AddressInfo.
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
