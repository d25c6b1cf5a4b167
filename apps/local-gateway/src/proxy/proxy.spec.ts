import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { startGateway } from '../testing/start-gateway.ts';
import type { StartedGateway } from '../testing/start-gateway.ts';

const nowhere = 'http://127.0.0.1:1';

let upstream: FakeUpstream;
let gateway: StartedGateway;

beforeEach(async () => {
  upstream = await FakeUpstream.start();
  gateway = await startGateway({
    upstreams: { responses: upstream.url },
    environment: { AUTH_JWKS_URL: nowhere },
  });
});

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

it('relays headers before the body, and each chunk before the next', async () => {
  const serving = nextResponse();
  const { response } = await openStream();
  const upstreamResponse = await serving;
  expect(response.headers['content-type']).toBe('text/event-stream');
  for (const chunk of ['data: one\n\n', 'data: two\n\n']) {
    const arriving = once(response, 'data');
    upstreamResponse.write(chunk);
    expect(String((await arriving)[0])).toBe(chunk);
  }
  const ending = once(response, 'end');
  upstreamResponse.end('data: [DONE]\n\n');
  response.resume();
  await ending;
  expect(response.complete).toBe(true);
});

it('closes the upstream request at once when the caller disconnects', async () => {
  const serving = nextResponse();
  const { request } = await openStream();
  const upstreamResponse = await serving;
  const closing = once(upstreamResponse, 'close');
  request.destroy();
  await closing;
  expect(upstreamResponse.writableFinished).toBe(false);
});

it('closes it also before the upstream has answered', async () => {
  const asked = new Promise<ServerResponse>((resolve) => {
    upstream.answer = (_request, response) => resolve(response);
  });
  const request = httpRequest(`${gateway.url}/v1/responses`, { method: 'POST' });
  request.on('error', () => undefined);
  request.end('{}');
  const upstreamResponse = await asked;
  const closing = once(upstreamResponse, 'close');
  request.destroy();
  await closing;
});

it('cuts the caller’s connection when the upstream breaks off, so that half a reply does not look complete', async () => {
  const serving = nextResponse();
  const { response } = await openStream();
  const upstreamResponse = await serving;
  const arriving = once(response, 'data');
  upstreamResponse.write('data: half');
  await arriving;
  const failing = once(response, 'error');
  upstreamResponse.destroy();
  await failing;
  expect(response.complete).toBe(false);
});

it('reads no more from the upstream than the caller reads', async () => {
  const serving = nextResponse();
  const socket = connect(gateway.port, '127.0.0.1');
  socket.pause();
  socket.write('POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  const upstreamResponse = await serving;
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let written = 0;
  // The upstream can write until the buffers on the way are full; then its writes wait.
  while (written < 200 && (upstreamResponse.write(chunk) || (await drainedSoon(upstreamResponse))))
    written += 1;
  expect(written).toBeLessThan(200);
  let received = 0;
  const all = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      received += data.length;
      if (received > (written + 1) * chunk.length) resolve();
    });
  });
  upstreamResponse.end();
  socket.resume();
  await all;
  socket.destroy();
});

it('keeps connections to the upstream for the next request', async () => {
  const ports = new Set<number | undefined>();
  upstream.answer = (request, response) => {
    ports.add(request.socket.remotePort);
    response.end('ok');
  };
  for (let count = 0; count < 5; count += 1) await (await fetch(`${gateway.url}/v1/responses`)).text();
  expect(ports.size).toBe(1);
});

it('504 when the upstream does not answer within its timeout', async () => {
  upstream.answer = () => undefined;
  const service = { connect_timeout: 500, write_timeout: 500, read_timeout: 500, retries: 0 };
  const routes = [{ name: 'slow', paths: ['/slow'] }];
  const impatient = await startGateway({
    kong: JSON.stringify({
      _format_version: '3.0',
      services: [{ name: 'slow', url: upstream.url, ...service, routes }],
    }),
    upstreams: {},
  });
  const reply = await fetch(`${impatient.url}/slow`);
  expect(reply.status).toBe(504);
  expect(await reply.json()).toMatchObject({ message: 'The upstream server is timing out' });
  await impatient.close();
});

it('waits for a running stream before it closes, and accepts no new request', async () => {
  const patient = await startGateway({
    upstreams: { responses: upstream.url },
    environment: { SHUTDOWN_GRACE: '30s', AUTH_JWKS_URL: nowhere },
  });
  const serving = nextResponse();
  const { response } = await openStream(patient.url);
  const upstreamResponse = await serving;
  const closing = patient.close();
  await expect(fetch(`${patient.url}/v1/responses`)).rejects.toThrow();
  upstreamResponse.end('data: [DONE]\n\n');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe('data: [DONE]\n\n');
  await closing;
});

it('ends running requests after its grace', async () => {
  const serving = nextResponse();
  const { response } = await openStream();
  const upstreamResponse = await serving;
  const cut = once(upstreamResponse, 'close');
  response.on('error', () => undefined);
  await gateway.close();
  await cut;
});

/** Resolves to the upstream's side of the next request, with its headers sent. */
function nextResponse(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      resolve(response);
    };
  });
}

async function openStream(url = gateway.url): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const request = httpRequest(`${url}/v1/responses`, { method: 'POST', agent: false });
  request.on('error', () => undefined);
  request.end('{"stream":true}');
  // 'response' has one argument of this type.
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { request, response };
}

/** Resolves to whether there is room again, within a time that is very long for loopback. */
async function drainedSoon(response: ServerResponse): Promise<boolean> {
  return once(response, 'drain', { signal: AbortSignal.timeout(500) }).then(
    () => true,
    () => false,
  );
}
