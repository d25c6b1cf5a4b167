import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { gateway, rawGet, startGatewayForEachTest, upstream } from './testing/gateway-of-test.ts';
import { startGateway } from './testing/start-gateway.ts';

startGatewayForEachTest();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('stops without waiting for a client that connected and sent nothing', async () => {
  const patient = await startGateway({ upstreams: {}, environment: { SHUTDOWN_GRACE: '1h' } });
  const socket = connect(patient.port, '127.0.0.1');
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  await fetch(`${patient.url}/nowhere`); // connections are accepted in their order
  await patient.close();
  await closed;
});

describe('relaying', () => {
  it('relays method, stripped path, query, body and status', async () => {
    upstream.answer = (_request, response, body) =>
      response.writeHead(201, { 'x-own': 'yes' }).end(`got ${body}`);
    const reply = await fetch(`${gateway.url}/llm/v1/chat/completions?a=1%2F2&b`, {
      method: 'POST',
      body: '{"x":1}',
    });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('x-own')).toBe('yes');
    expect(await reply.text()).toBe('got {"x":1}');
    expect(upstream.last).toMatchObject({
      method: 'POST',
      url: '/v1/chat/completions?a=1%2F2&b',
      body: '{"x":1}',
    });
    expect(upstream.last.headers['x-forwarded-prefix']).toBe('/llm/v1/');
  });

  it('relays bodies of any type and length unread', async () => {
    upstream.answer = (_request, response, body) => response.end(String(body.length));
    const headers = { 'content-type': 'no/such thing;;' };
    const reply = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers,
      body: 'x'.repeat(3_000_000),
    });
    expect(await reply.text()).toBe('3000000');
  });

  it('relays a GET without a body and a HEAD without an answer to read', async () => {
    expect(await (await fetch(`${gateway.url}/v1/models/${'m'.repeat(500)}`)).text()).toContain('mmm');
    const head = await fetch(`${gateway.url}/v1/models`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(upstream.last.method).toBe('HEAD');
  });

  it('sets the forwarding headers for the upstream, and ignores the caller’s', async () => {
    const headers = {
      'x-forwarded-for': '9.9.9.9',
      'x-forwarded-proto': 'https',
      'x-real-ip': '9.9.9.9',
      te: 'trailers',
    };
    await fetch(`${gateway.url}/v1/models`, { headers });
    expect(upstream.last.headers).toMatchObject({
      'x-forwarded-for': '9.9.9.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${gateway.port}`,
      'x-forwarded-port': String(gateway.port),
      'x-real-ip': '127.0.0.1',
      host: new URL(upstream.url).host,
    });
    expect(upstream.last.headers.te).toBeUndefined();
  });

  it('ignores an offer to upgrade to another protocol', async () => {
    const reply = await rawGet('/v1/models', {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAM',
    });
    expect(reply.status).toBe(200);
    expect(upstream.last.headers['http2-settings']).toBeUndefined();
  });

  it('removes identity headers of the caller on every kind of route', async () => {
    const headers = {
      'X-User-Id': 'root',
      'X-Tenant-Id': 't',
      'x-consumer-username': 'root',
      'X-CONSUMER-ID': '1',
      'X-Credential-Identifier': 'c',
      'X-Authenticated-Userid': 'root',
      'X-Anonymous-Consumer': 'false',
      'X-Userinfo': 'e30=',
      'X-Forwarded-User': 'root',
      'X-Harmless': 'stays',
    };
    const paths = [
      '/v1/responses',
      '/llm/auth/guest-login',
      '/llm/auth/me',
      '/healthz',
      '/docs',
      '/llm/v1/models',
    ];
    for (const path of paths) {
      for (const key of [{}, { 'x-api-key': 'sk_1' }]) {
        await fetch(gateway.url + path, {
          method: path === '/healthz' ? 'GET' : 'POST',
          headers: { ...headers, ...key },
        });
        const seen = Object.keys(upstream.last.headers);
        expect(
          seen.filter((name) => /^x-(user|tenant|consumer|credential|auth|anon|forwarded-user)/.test(name)),
          path,
        ).toEqual([]);
        expect(upstream.last.headers['x-harmless'], path).toBe('stays');
      }
    }
  });
});

describe('request ids', () => {
  it('creates one if there is none, and passes it to the caller and the upstream', async () => {
    upstream.answer = (_request, response) => response.writeHead(200, { 'x-request-id': 'other' }).end();
    const reply = await fetch(`${gateway.url}/v1/models`);
    expect(reply.headers.get('x-request-id')).toMatch(uuid);
    expect(upstream.last.headers['x-request-id']).toBe(reply.headers.get('x-request-id'));
  });

  it('keeps a valid one of the caller, replaces an invalid one', async () => {
    const good = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-request-id': 'mine_1-A' } });
    expect(good.headers.get('x-request-id')).toBe('mine_1-A');
    const bad = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-request-id': 'a b{"' } });
    expect(bad.headers.get('x-request-id')).toMatch(uuid);
    expect(upstream.last.headers['x-request-id']).toBe(bad.headers.get('x-request-id'));
  });
});

describe('cors', () => {
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' };

  it.each(['/v1/responses', '/llm/auth/guest-login', '/v1/no-such-path'])(
    'answers the preflight of %s',
    async (path) => {
      const headers = { ...preflight, 'access-control-request-headers': 'authorization,x-stainless-os' };
      const reply = await fetch(gateway.url + path, { method: 'OPTIONS', headers });
      expect(reply.status).toBe(200);
      expect(reply.headers.get('access-control-allow-origin')).toBe('*');
      expect(reply.headers.get('access-control-allow-methods')).toContain('POST');
      expect(reply.headers.get('access-control-allow-headers')).toBe('authorization,x-stainless-os');
      expect(reply.headers.get('access-control-max-age')).toBe('3600');
      expect(await reply.text()).toBe('');
      expect(upstream.requests).toHaveLength(0);
    },
  );

  it('replaces the upstream’s headers on replies, refusals included', async () => {
    upstream.answer = (_request, response) =>
      response.writeHead(401, { 'access-control-allow-origin': 'x' }).end();
    const headers = { origin: 'https://app.example' };
    for (const path of ['/v1/responses', '/v1/no-such-path']) {
      const reply = await fetch(gateway.url + path, { headers });
      expect(reply.headers.get('access-control-allow-origin'), path).toBe('*');
      expect(reply.headers.get('access-control-expose-headers'), path).toContain('x-request-id');
    }
  });

  it('relays an OPTIONS request that is not a preflight', async () => {
    await fetch(`${gateway.url}/v1/responses`, { method: 'OPTIONS' });
    expect(upstream.last.method).toBe('OPTIONS');
  });
});

describe('its health, metrics and log', () => {
  it('reports its own health, and routes the health of the system', async () => {
    expect(await (await fetch(`${gateway.url}/-/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${gateway.url}/healthz`)).text()).toBe('/healthz');
    expect((await fetch(`${gateway.url}/-/other`)).status).toBe(404);
  });

  it('counts requests under Kong’s metric names', async () => {
    await fetch(`${gateway.url}/v1/models`);
    await fetch(`${gateway.url}/nowhere`);
    const metrics = await (await fetch(`${gateway.url}/-/metrics`)).text();
    expect(metrics).toContain(
      'kong_http_requests_total{service="llm",route="llm-jwt",code="200",source="service"} 1',
    );
    expect(metrics).toContain('kong_http_requests_total{service="",route="",code="404",source="gateway"} 1');
    expect(metrics).toContain('kong_bandwidth_bytes{service="llm",route="llm-jwt",direction="egress"} 10');
    expect(metrics).toContain('kong_upstream_latency_ms_count{service="llm",route="llm-jwt"} 1');
  });

  it('logs one line a request, without query and credentials', async () => {
    const headers = { authorization: 'Bearer topsecret', 'x-request-id': 'req-1' };
    await fetch(`${gateway.url}/v1/models?key=topsecret`, { headers });
    const lines = gateway.log.filter(({ msg }) => msg === 'request');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'debug',
      method: 'GET',
      path: '/v1/models',
      status: 200,
      requestId: 'req-1',
      route: 'llm-jwt',
    });
    expect(JSON.stringify(gateway.log)).not.toContain('topsecret');
  });

  it('logs at the default level what no service answers', async () => {
    await fetch(`${gateway.url}/nowhere`);
    const lines = gateway.log.filter(({ msg }) => msg === 'request');
    expect(lines).toMatchObject([{ level: 'info', path: '/nowhere', status: 404 }]);
  });
});
