import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { startGateway } from '../testing/start-gateway.ts';

const key = { authorization: 'Bearer sk_any' };
const mebibyte = Buffer.alloc(1024 * 1024, 'x');

let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
const mcp = createServer((request, response) => answer(request, response));
mcp.listen(0, '127.0.0.1');
await once(mcp, 'listening');
// A listening server has an AddressInfo.
const mcpUrl = `http://127.0.0.1:${(mcp.address() as AddressInfo).port}`;
const gateway = await startGateway({
  upstreams: { auth: mcpUrl, responses: mcpUrl, llm: mcpUrl, mcp: mcpUrl },
  environment: {},
});
afterAll(async () => {
  await gateway.close();
  mcp.closeAllConnections();
  mcp.close();
});

function post(
  body: ReadableStream | Buffer<ArrayBuffer>,
  path = '/v1/files',
  signal: AbortSignal | null = null,
) {
  return fetch(gateway.url + path, { method: 'POST', headers: key, body, duplex: 'half', signal });
}

it('passes the first bytes of a file on before the last ones have come', async () => {
  const arrived = Promise.withResolvers<undefined>();
  answer = (request, response) => {
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      arrived.resolve(undefined);
    });
    request.on('end', () => response.end(String(size)));
  };
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(mebibyte);
      await arrived.promise;
      controller.enqueue(mebibyte);
      controller.close();
    },
  });
  expect(await (await post(body)).text()).toBe(String(2 * mebibyte.length));
});

it('keeps the announced length, and lets files be larger than other bodies', async () => {
  answer = (request, response) => {
    request.resume();
    request.on('end', () => response.end(request.headers['content-length']));
  };
  const body = Buffer.concat(Array.from({ length: 9 }, () => mebibyte));
  expect(await (await post(body)).text()).toBe(String(body.length));
  expect((await post(body, '/v1/mcp/servers')).status).toBe(413);
});

it('passes on the answer of a service that refuses a file before it has read it', async () => {
  answer = (request, response) => {
    response.writeHead(413).end('too large');
    request.resume();
  };
  const reply = await post(Buffer.concat(Array.from({ length: 4 }, () => mebibyte)));
  expect([reply.status, await reply.text()]).toEqual([413, 'too large']);
});

it('ends the request to the service when the client goes away', async () => {
  const ended = Promise.withResolvers<boolean>();
  const begun = Promise.withResolvers<undefined>();
  answer = (request) => {
    request.on('data', () => begun.resolve(undefined));
    request.on('error', () => undefined);
    request.on('close', () => ended.resolve(request.complete));
  };
  const leaving = new AbortController();
  const body = new ReadableStream({ start: (controller) => controller.enqueue(mebibyte) });
  const reply = post(body, '/v1/files', leaving.signal);
  await begun.promise;
  leaving.abort();
  await expect(reply).rejects.toThrow();
  expect(await ended.promise).toBe(false);
});
