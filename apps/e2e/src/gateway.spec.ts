import { request as httpRequest } from 'node:http';
import { expect } from 'vitest';
import { JanClient } from './clients/jan-client.ts';
import { anyObject } from './checks/matchers.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const jan = await system.jan();
const somePath = '/responses/v1/responses/resp_0000000000000000000000';

scenario('gateway-health', 'health covers the whole system', async () => {
  const alive = await fetch(`${system.url}/healthz`);
  expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }]);
  const ready = await fetch(`${system.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: 'ok', checks: anyObject });
});

scenario('gateway-request-id', 'every reply has a request id', async () => {
  const ids = new Set<string | null>();
  for (const path of ['/healthz', somePath, '/nowhere', '/llm/v1/models', '/.well-known/jwks.json']) {
    const { headers } = await fetch(`${system.url}${path}`);
    expect(headers.get('x-request-id'), path).toMatch(/^[\w-]{8,64}$/);
    ids.add(headers.get('x-request-id'));
  }
  expect(ids.size).toBe(5);
  const own = await fetch(`${system.url}${somePath}`, { headers: { 'x-request-id': 'my-own-request-1' } });
  expect(own.headers.get('x-request-id')).toBe('my-own-request-1');
});

scenario('gateway-cors', 'browsers may call', async () => {
  const preflight = await fetch(`${system.url}/responses/v1/responses`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  expect([200, 204]).toContain(preflight.status);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization');

  const answer = await fetch(`${system.url}${somePath}`, {
    headers: { ...jan.headers, origin: 'https://app.example.com' },
  });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('x-request-id');
});

scenario('gateway-identity', 'an identity in a header is ignored', async () => {
  const { body } = await jan.create({ input: 'Mine' });
  const owner = await jan.request<{ user_id: string }>('GET', '/llm/auth/me');
  const otherJan = await system.jan();
  const forged = {
    'X-User-Id': owner.body.user_id,
    'X-Tenant-Id': owner.body.user_id,
    'X-Consumer-Id': owner.body.user_id,
    'X-Consumer-Custom-Id': owner.body.user_id,
    'X-Consumer-Username': owner.body.user_id,
    'X-Authenticated-UserId': owner.body.user_id,
    'X-Forwarded-User': owner.body.user_id,
    'X-Userinfo': owner.body.user_id,
  };
  const path = `/responses/v1/responses/${body.id}`;
  expect((await otherJan.request('GET', path, { headers: forged })).status).toBe(404);
  expect((await fetch(`${system.url}${path}`, { headers: forged })).status).toBe(401);
  const me = await otherJan.request<{ user_id: string }>('GET', '/llm/auth/me', { headers: forged });
  expect(me.body.user_id).not.toBe(owner.body.user_id);
});

scenario('gateway-routes', 'prefixes end at a segment, and a path without a route is 404', async () => {
  for (const path of [
    '/',
    '/nowhere',
    '/responses/v1',
    '/v1/responsesfoo',
    '/v1/chat',
    '/healthz/x',
    '/metrics',
    '/llm',
    '/admin',
  ]) {
    expect([path, await statusOf(path)]).toEqual([path, 404]);
  }
  // No spelling of a path leads out of its prefix.
  for (const path of [
    '/responses/v1/../../metrics',
    '/responses/v1/%2e%2e/%2e%2e/metrics',
    '//metrics',
    '/llm/v1/../../metrics',
  ]) {
    expect([400, 401, 404], path).toContain(await statusOf(path));
  }
});

scenario('gateway-rate-limit', 'too many requests are 429 with the time to wait', async () => {
  const gateway = await system.startAnother('local-gateway', { RATE_LIMIT_ENABLED: 'true' });
  try {
    // The window is the clock's minute: around its start up to twice as many requests pass.
    let answer: Response;
    let allowed = -1;
    do {
      answer = await fetch(`${gateway.url}/llm/auth/guest-login`, { method: 'POST' });
      await answer.body?.cancel();
      allowed++;
    } while (answer.status === 201 && allowed <= 40);
    expect(answer.status).toBe(429);
    expect(allowed).toBeGreaterThanOrEqual(20);
    expect(answer.headers.get('x-request-id')).toBeTruthy();
    const seconds = Number(answer.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    const header = (name: string) =>
      answer.headers.get(`x-ratelimit-${name}`) ?? answer.headers.get(`ratelimit-${name}`);
    expect([header('limit'), header('remaining')]).toEqual(['20', '0']);
    expect(Number(header('reset'))).toBeGreaterThan(0);
    // Only the login has this limit: everything else continues.
    expect((await new JanClient(gateway.url, jan.token).create({ input: 'Hello' })).status).toBe(200);
  } finally {
    await gateway.stop();
  }
});

/** Returns the status of a raw path: fetch would normalise it. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(system.url);
    httpRequest({ hostname, port, path, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });
}
