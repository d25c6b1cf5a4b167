import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { LimitsFile } from '@antiphon/service-kit/light';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { startGateway } from '../testing/start-gateway.ts';
import type { StartedGateway } from '../testing/start-gateway.ts';

const nowhere = 'http://127.0.0.1:1';

let upstream: FakeUpstream;
let gateway: StartedGateway;

beforeEach(async () => {
  upstream = await FakeUpstream.start();
  gateway = await start();
});

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

it('relays the handshake and then bytes both ways, with the first ones', async () => {
  let seen: Record<string, unknown> = {};
  upstream.acceptUpgrade = (socket, request) => {
    seen = { ...request.headers, url: request.url };
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: yes\r\n\r\nhello',
    );
    socket.on('data', (data: Buffer) => socket.write(`echo ${data.toString()}`));
  };
  const client = handshake('/v1/responses?x=1', ['X-User-Id: root', 'Sec-WebSocket-Key: abc'], 'early');
  const text = await readUntil(client, 'echo early');
  expect(text).toMatch(/^HTTP\/1\.1 101 /);
  expect(text).toMatch(/sec-websocket-accept: yes/i);
  expect(text).toMatch(/x-request-id: [\w-]+/i);
  expect(text).toContain('hello');
  expect(seen).toMatchObject({ url: '/v1/responses?x=1', upgrade: 'websocket', 'sec-websocket-key': 'abc' });
  expect(seen['x-user-id']).toBeUndefined();
  client.write('again');
  await readUntil(client, 'echo again');
  client.destroy();
});

it('closes both sides when either closes', async () => {
  const sockets: Socket[] = [];
  upstream.acceptUpgrade = (socket) => {
    // The socket of the upgrade is the connection's.
    sockets.push(socket as Socket);
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nready',
    );
  };
  const first = handshake('/v1/responses');
  await readUntil(first, 'ready');
  const upstreamClosed = once(sockets[0] as Socket, 'close');
  first.destroy();
  await upstreamClosed;
  const second = handshake('/v1/responses');
  await readUntil(second, 'ready');
  const callerClosed = once(second, 'close');
  sockets[1]?.destroy();
  await callerClosed;
});

it('delivers the last bytes of an upstream that ends while the caller still sends', async () => {
  upstream.acceptUpgrade = (socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
    socket.once('data', () => socket.end('too large'));
  };
  const client = handshake('/v1/responses', [], 'x'.repeat(16 * 1024 * 1024));
  // A caller that is busy sending reads late.
  client.pause();
  await once(client, 'drain');
  client.resume();
  expect(await readToEnd(client)).toContain('too large');
});

it('closes a connection whose caller goes on sending after the upstream has ended', async () => {
  upstream.acceptUpgrade = (socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nbye');
  };
  await gateway.close();
  gateway = await start({ gateway: { close_timeout: '100ms' } });
  const client = handshake('/v1/responses');
  client.allowHalfOpen = true;
  client.resume();
  await once(client, 'end');
  const sending = setInterval(() => client.write('x'), 20);
  await new Promise((resolve) => client.once('close', resolve));
  clearInterval(sending);
});

it('relays a refusal and then disconnects, so that no request can follow it past the plugins', async () => {
  upstream.acceptUpgrade = (socket) => {
    socket.write('HTTP/1.1 401 Unauthorized\r\ncontent-length: 4\r\n\r\nnope');
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled'));
  };
  const client = handshake('/v1/responses', [], 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
  const text = await readToEnd(client);
  expect(text).toMatch(/^HTTP\/1\.1 401 /);
  expect(text).toContain('nope');
  expect(text).not.toContain('smuggled');
});

it('refuses a handshake without a route or an upstream itself', async () => {
  const nowhere = await readToEnd(handshake('/nowhere'));
  expect(nowhere).toMatch(/^HTTP\/1\.1 404 /);
  expect(nowhere).toContain('no Route matched');
  expect(await readToEnd(handshake('/mcp'))).toMatch(/^HTTP\/1\.1 503 /);
});

function start(limits: LimitsFile = {}): Promise<StartedGateway> {
  const upstreams = { responses: upstream.url, mcp: nowhere };
  return startGateway({ upstreams, environment: { AUTH_JWKS_URL: nowhere }, limits });
}

function handshake(path: string, headers: readonly string[] = [], behind = ''): Socket {
  const socket = connect(gateway.port, '127.0.0.1');
  const lines = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${behind}`);
  socket.on('error', () => undefined);
  return socket;
}

async function readUntil(socket: Socket, expected: string): Promise<string> {
  let text = '';
  while (!text.includes(expected)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString();
  }
  return text;
}

async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}
