import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeUpstream } from './testing/fake-upstream.ts';
import { startGateway } from './testing/start-gateway.ts';
import type { StartedGateway } from './testing/start-gateway.ts';

interface Malformed {
  what: string;
  /** The request's bytes. */
  text: string;
  /** The status of Kong Gateway 3.9, mostly of its nginx. */
  kong: number;
  /** The status of the stand-in. */
  standIn: number;
}

const head = (line: string, ...headers: string[]) =>
  `${[line, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`;
const path = '/v1/responses';

/** The replies of both gateways to malformed requests and to requests that no service may see. 200 is the service's. */
const table: Malformed[] = [
  { what: 'no HTTP at all', text: 'hello\r\n\r\n', kong: 400, standIn: 400 },
  { what: 'a method in lower case', text: head(`get ${path} HTTP/1.1`), kong: 400, standIn: 400 },
  { what: 'an unknown HTTP version', text: head(`GET ${path} HTTP/3.7`), kong: 505, standIn: 400 },
  { what: 'no Host', text: `GET ${path} HTTP/1.1\r\n\r\n`, kong: 400, standIn: 400 },
  {
    what: 'a header larger than 32 KB',
    text: head(`GET ${path} HTTP/1.1`, `X-Large: ${'x'.repeat(40_000)}`),
    kong: 400,
    standIn: 431,
  },
  {
    what: 'a target larger than 32 KB',
    text: head(`GET /${'x'.repeat(40_000)} HTTP/1.1`),
    kong: 414,
    standIn: 431,
  },
  {
    what: 'two lengths',
    text: head(`POST ${path} HTTP/1.1`, 'Content-Length: 2', 'Content-Length: 3'),
    kong: 400,
    standIn: 400,
  },
  {
    what: 'both a length and chunks',
    text: `${head(`POST ${path} HTTP/1.1`, 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    kong: 400,
    standIn: 400,
  },
  {
    what: 'a length that is not a number',
    text: head(`POST ${path} HTTP/1.1`, 'Content-Length: x'),
    kong: 400,
    standIn: 400,
  },
  {
    what: 'a chunk without a size',
    text: `${head(`POST ${path} HTTP/1.1`, 'Transfer-Encoding: chunked')}zz\r\n`,
    kong: 400,
    standIn: 400,
  },
  { what: 'a NUL character in the path', text: head(`GET ${path}%00 HTTP/1.1`), kong: 400, standIn: 200 },
  { what: 'half of an encoded character', text: head(`GET ${path}/%zz HTTP/1.1`), kong: 400, standIn: 400 },
  // Kong relays the fragment as a part of the path; the services refuse it with 400.
  { what: 'a fragment', text: head('POST /llm/auth/guest-login#x HTTP/1.1'), kong: 400, standIn: 400 },
  {
    what: 'a body that is too large',
    text: head(`POST ${path} HTTP/1.1`, 'Content-Length: 9000000'),
    kong: 413,
    standIn: 413,
  },
  { what: 'a path without a route', text: head('GET /nowhere HTTP/1.1'), kong: 404, standIn: 404 },
];

let upstream: FakeUpstream;
let gateway: StartedGateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const { url } = upstream;
  gateway = await startGateway({
    upstreams: { auth: url, responses: url },
    environment: { AUTH_JWKS_URL: 'http://127.0.0.1:1' },
  });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

it.each(table)('$what is $standIn here and $kong at Kong', async ({ text, standIn }) => {
  expect(await statusOf(text)).toBe(standIn);
  expect((await fetch(`${gateway.url}/-/healthz`)).status).toBe(200);
});

async function statusOf(text: string): Promise<number> {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(text);
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1]);
}
