import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StartedGateway } from './testing/start-gateway.ts';
import { startGateway } from './testing/start-gateway.ts';
import {
  gateway,
  issuer,
  rawGet,
  rawPost,
  startGatewayForEachTest,
  upstream,
} from './testing/gateway-of-test.ts';

startGatewayForEachTest();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('its own replies', () => {
  it('404 for a path without a route, with the id of the request', async () => {
    const reply = await fetch(`${gateway.url}/responsesfoo`);
    const requestId = reply.headers.get('x-request-id');
    expect(reply.status).toBe(404);
    expect(await reply.json()).toEqual({
      message: 'no Route matched with those values',
      request_id: requestId,
    });
    expect(requestId).toMatch(uuid);
    expect(upstream.requests).toHaveLength(0);
  });

  it.each(['/%zz', '/a%', '/\\', '/v1/responses%00x'])('no crash on %s', async (path) => {
    expect((await rawGet(path)).status).toBeGreaterThanOrEqual(200);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  it('503 while an upstream is down, and other upstreams still answer', async () => {
    const reply = await fetch(`${gateway.url}/mcp`, { method: 'POST', body: '{}' });
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('1');
    expect(await reply.json()).toMatchObject({ message: 'The upstream server is unavailable' });
    expect((await fetch(`${gateway.url}/v1/models`)).status).toBe(200);
  });

  it('502 when the upstream disconnects without a reply', async () => {
    upstream.answer = (request) => request.socket.destroy();
    const reply = await fetch(`${gateway.url}/v1/responses`, { method: 'POST', body: '{}' });
    expect(reply.status).toBe(502);
    expect(upstream.requests).toHaveLength(1);
  });

  it('413 for a declared length, before the body has come', async () => {
    const reply = await rawPost('/v1/responses', { 'content-length': String(8 * 1024 * 1024 + 1) }, []);
    expect(reply.status).toBe(413);
    expect(JSON.parse(reply.body)).toMatchObject({ message: 'Request size limit exceeded' });
    expect(upstream.requests).toHaveLength(0);
  });

  it('413 for a body of unknown length that exceeds the limit', async () => {
    const chunks = Array.from({ length: 9 }, () => Buffer.alloc(1024 * 1024));
    const reply = await rawPost('/v1/responses', { 'transfer-encoding': 'chunked' }, chunks);
    expect(reply.status).toBe(413);
    expect(upstream.requests).toHaveLength(0);
  });

  it('413 also for a client that sends Connection: close and reads only after it has written everything', async () => {
    const size = 24 * 1024 * 1024;
    const socket = connect(gateway.port, '127.0.0.1');
    socket.pause();
    socket.write(
      `POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`,
    );
    const chunk = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < size; sent += chunk.length)
      await new Promise<void>((resolve, reject) =>
        socket.write(chunk, (error) => (error ? reject(error) : resolve())),
      );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 [^]*Request size limit exceeded/);
  });

  it('lets a body of exactly the limit pass, chunked too', async () => {
    upstream.answer = (_request, response, body) => response.end(String(body.length));
    const chunks = Array.from({ length: 8 }, () => Buffer.alloc(1024 * 1024, 'x'));
    const reply = await rawPost('/v1/responses', { 'transfer-encoding': 'chunked' }, chunks);
    expect(reply.body).toBe(String(8 * 1024 * 1024));
  });
});

describe('pages, where calls without a token are allowed', () => {
  let local: StartedGateway;

  beforeEach(async () => {
    local = await startGateway({
      upstreams: { responses: upstream.url },
      environment: { AUTH_ANONYMOUS: 'true', ALLOWED_ORIGINS: 'https://app.example' },
    });
  });

  afterEach(() => local.close());

  const preflight = (origin: string) =>
    fetch(`${local.url}/v1/responses`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });

  it.each(['http://localhost:3000', 'https://app.example'])('of %s may call', async (origin) => {
    const asked = await preflight(origin);
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    const answer = await fetch(`${local.url}/v1/responses`, { headers: { origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('vary')).toBe('Origin');
  });

  it.each(['https://evil.example', 'null'])('of %s may not', async (origin) => {
    const asked = await preflight(origin);
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    expect(await asked.json()).toMatchObject({
      message: expect.stringContaining('ALLOWED_ORIGINS') as string,
    });
    expect(upstream.requests).toHaveLength(0);
    // The service refuses everything else in its API's shape.
    const answer = await fetch(`${local.url}/v1/responses`, { headers: { origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(upstream.last.headers).toMatchObject({ origin, 'x-forwarded-host': new URL(local.url).host });
    for (const path of ['/-/healthz', '/-/metrics'])
      expect((await fetch(local.url + path, { headers: { origin } })).status).toBe(403);
  });
});

describe('tokens and limits', () => {
  const limitOf = async (authorization?: string): Promise<string | null> => {
    const reply = await fetch(`${gateway.url}/v1/responses`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(reply.status).toBe(200);
    return reply.headers.get('ratelimit-limit');
  };

  it('distinguishes valid tokens from everything else, and refuses no request', async () => {
    expect(await limitOf(`Bearer ${issuer.sign()}`)).toBe('100');
    expect(await limitOf(`bearer ${issuer.sign()}`)).toBe('100');
    expect(await limitOf()).toBe('60');
    expect(await limitOf('Bearer EMPTY')).toBe('60');
    expect(await limitOf('Bearer a.b.c')).toBe('60');
    expect(await limitOf(`Bearer ${issuer.sign({ expiresInSeconds: -1 })}`)).toBe('60');
    expect(await limitOf(`Bearer ${tampered(issuer.sign())}`)).toBe('60');
    expect(await limitOf(`Bearer ${unsigned(issuer.sign())}`)).toBe('60');
    expect(await limitOf(`Basic ${issuer.sign()}`)).toBe('60');
    expect(await limitOf('Bearer sk_0123456789')).toBe('100');
  });

  it('relays the token for the service to verify', async () => {
    const authorization = `Bearer ${issuer.sign()}`;
    await limitOf(authorization);
    expect(upstream.last.headers.authorization).toBe(authorization);
    await limitOf('Bearer nonsense');
    expect(upstream.last.headers.authorization).toBe('Bearer nonsense');
  });

  it('fetches a new key when a token names it', async () => {
    await limitOf(`Bearer ${issuer.sign()}`);
    issuer.rotate('key-2');
    expect(await limitOf(`Bearer ${issuer.sign({ kid: 'key-2' })}`)).toBe('100');
    expect(await limitOf(`Bearer ${issuer.sign()}`)).toBe('100');
  });

  it('429 with every header that clients read, and no request reaches the service', async () => {
    const first = await fetch(`${gateway.url}/llm/auth/guest-login`, { method: 'POST' });
    expect(first.headers.get('x-ratelimit-remaining-minute')).toBe('19');
    const headers = { origin: 'https://app.example', 'x-api-key': 'sk_way_around' };
    const ask = () => fetch(`${gateway.url}/auth/guest%2Dlogin`, { method: 'POST', headers });
    let reply = await ask();
    // A new minute may begin between two of these and reset the count, so twice the limit is the most.
    while (reply.status === 200 && upstream.requests.length < 40) reply = await ask();
    expect(reply.status).toBe(429);
    const served = upstream.requests.length;
    expect((await ask()).status).toBe(429);
    expect(upstream.requests).toHaveLength(served);
    expect(await reply.json()).toEqual({
      message: 'API rate limit exceeded',
      request_id: reply.headers.get('x-request-id'),
    });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(reply.headers.get('x-ratelimit-limit')).toBe('20');
    expect(reply.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(reply.headers.get('x-ratelimit-reset')).toBe(reply.headers.get('retry-after'));
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('counts nothing if limits are switched off', async () => {
    const open = await startGateway({
      upstreams: { auth: upstream.url },
      environment: { RATE_LIMIT_ENABLED: 'false', AUTH_JWKS_URL: issuer.jwksUrl },
    });
    const replies = await Promise.all(
      Array.from({ length: 25 }, () => fetch(`${open.url}/auth/guest-login`, { method: 'POST' })),
    );
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    await open.close();
  });

  it('limits the fetches from auth for unknown keys', async () => {
    const calm = await startGateway({
      upstreams: { responses: upstream.url },
      environment: { AUTH_JWKS_URL: issuer.jwksUrl },
      limits: { signing_keys: { cooldown: '1h' } },
    });
    const authorization = `Bearer ${issuer.sign()}`;
    await fetch(`${calm.url}/v1/responses`, { headers: { authorization } });
    const before = issuer.questions;
    issuer.rotate('key-late');
    const unknown = `Bearer ${issuer.sign({ kid: 'key-late' })}`;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        fetch(`${calm.url}/v1/responses`, { headers: { authorization: unknown } }),
      ),
    );
    expect(issuer.questions).toBe(before);
    await calm.close();
  });
});

function tampered(token: string): string {
  const [header = '', , signature = ''] = token.split('.');
  return `${header}.${Buffer.from(JSON.stringify({ sub: 'root', exp: 9_999_999_999 })).toString('base64url')}.${signature}`;
}

function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'key-1' })).toString('base64url');
  return `${header}.${token.split('.')[1] ?? ''}.`;
}
