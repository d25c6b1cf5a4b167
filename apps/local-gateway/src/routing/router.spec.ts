import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allPlugins, parseKongConfig } from './kong-config.ts';
import type { KongConfig } from './kong-config.ts';
import { Router } from './router.ts';
import { kongFile } from '../testing/start-gateway.ts';

const config = parseKongConfig(readFileSync(kongFile, 'utf8'), 'kong.yml');
const router = new Router(config);

const table: [method: string, path: string, route: string | undefined, upstream?: string][] = [
  ['POST', '/llm/auth/guest-login', 'auth-guest-login', 'http://auth:8081/auth/guest-login'],
  ['POST', '/llm/auth/guest-login/', 'auth-guest-login', 'http://auth:8081/auth/guest-login/'],
  ['OPTIONS', '/llm/auth/guest-login', 'auth-guest-login', 'http://auth:8081/auth/guest-login'],
  ['POST', '/auth/guest-login', 'auth-guest-login', 'http://auth:8081/auth/guest-login'],
  ['GET', '/auth/guest-login', 'auth-jwt', 'http://auth:8081/auth/guest-login'],
  ['POST', '/auth/guest-loginx', 'auth-jwt', 'http://auth:8081/auth/guest-loginx'],
  ['POST', '/auth/x/guest-login', 'auth-jwt', 'http://auth:8081/auth/x/guest-login'],
  ['POST', '/llm/auth/refresh-token', 'auth-refresh-token', 'http://auth:8081/auth/refresh-token'],
  ['POST', '/console/session', 'auth-console-session', 'http://auth:8081/console/session'],
  ['DELETE', '/console/session', 'auth-console-session', 'http://auth:8081/console/session'],
  ['POST', '/console/session/token', 'auth-console-token', 'http://auth:8081/console/session/token'],
  ['GET', '/console/session', 'responses-pages', 'http://responses:8082/console/session'],
  ['GET', '/v1/me', 'auth-me-jwt', 'http://auth:8081/v1/me'],
  ['GET', '/v1/mex', 'responses-unrouted', 'http://responses:8082/v1/mex'],
  ['GET', '/llm/auth/me', 'auth-jwt', 'http://auth:8081/auth/me'],
  ['DELETE', '/auth/api-keys/key_1', 'auth-jwt', 'http://auth:8081/auth/api-keys/key_1'],
  ['GET', '/llm/auth', undefined],
  ['GET', '/authx', undefined],
  ['GET', '/llm/authx/me', undefined],
  ['GET', '/llm/metrics', undefined],
  ['GET', '/llm/healthz', undefined],
  ['GET', '/.well-known/jwks.json', 'auth-jwks', 'http://auth:8081/.well-known/jwks.json'],
  ['GET', '/.well-known/jwksXjson', undefined],
  ['GET', '/.well-known/jwks.json/x', undefined],
  ['POST', '/.well-known/jwks.json', undefined],
  ['POST', '/llm/v1/chat/completions', 'llm-prefixed-jwt', 'http://llm:8080/v1/chat/completions'],
  ['GET', '/llm/v1/models', 'llm-prefixed-jwt', 'http://llm:8080/v1/models'],
  ['GET', '/llm/v1', undefined],
  ['GET', '/llm/v1x', undefined],
  ['POST', '/v1/chat/completions', 'llm-jwt', 'http://llm:8080/v1/chat/completions'],
  ['POST', '/v1/chat/completions/x', 'responses-unrouted', 'http://responses:8082/v1/chat/completions/x'],
  ['POST', '/v1/embeddings', 'llm-jwt', 'http://llm:8080/v1/embeddings'],
  ['POST', '/v1/images/generations', 'llm-jwt', 'http://llm:8080/v1/images/generations'],
  ['POST', '/v1/images/edits', 'llm-images-jwt', 'http://llm:8080/v1/images/edits'],
  ['POST', '/v1/images/variations', 'responses-unrouted', 'http://responses:8082/v1/images/variations'],
  ['GET', '/v1/models', 'llm-jwt', 'http://llm:8080/v1/models'],
  ['GET', '/v1/models/openai/gpt-5', 'llm-jwt', 'http://llm:8080/v1/models/openai/gpt-5'],
  ['GET', '/v1/modelsx', 'responses-unrouted', 'http://responses:8082/v1/modelsx'],
  ['POST', '/v1/responses', 'responses-jwt', 'http://responses:8082/v1/responses'],
  ['POST', '/v1/responses/', 'responses-jwt', 'http://responses:8082/v1/responses/'],
  [
    'GET',
    '/v1/responses/resp_1/input_items',
    'responses-jwt',
    'http://responses:8082/v1/responses/resp_1/input_items',
  ],
  ['POST', '/v1/responsesfoo', 'responses-unrouted', 'http://responses:8082/v1/responsesfoo'],
  ['POST', '/responsesX', undefined],
  ['POST', '/xv1/responses', undefined],
  ['POST', '/x/v1/responses', undefined],
  [
    'GET',
    '/v1/conversations/conv_1/items',
    'responses-jwt',
    'http://responses:8082/v1/conversations/conv_1/items',
  ],
  ['POST', '/v1/messages', 'responses-jwt', 'http://responses:8082/v1/messages'],
  ['POST', '/v1/messages/count_tokens', 'responses-jwt', 'http://responses:8082/v1/messages/count_tokens'],
  ['GET', '/v1/prompts', 'responses-jwt', 'http://responses:8082/v1/prompts'],
  ['GET', '/v1/webhooks/secret', 'responses-jwt', 'http://responses:8082/v1/webhooks/secret'],
  ['GET', '/v1/webhooksecret', 'responses-unrouted', 'http://responses:8082/v1/webhooksecret'],
  ['GET', '/v1', undefined],
  ['POST', '/codex/v1/responses', 'responses-jwt', 'http://responses:8082/codex/v1/responses'],
  ['POST', '/responses/v1/responses', 'responses-jwt', 'http://responses:8082/responses/v1/responses'],
  ['POST', '/api/v1/responses', 'responses-jwt', 'http://responses:8082/api/v1/responses'],
  ['POST', '/api/v2/responses', undefined],
  ['GET', '/api/v1', undefined],
  ['GET', '/console', 'responses-pages', 'http://responses:8082/console'],
  ['GET', '/console/assets/app.js', 'responses-pages', 'http://responses:8082/console/assets/app.js'],
  ['GET', '/consoles', undefined],
  ['GET', '/docs/', 'responses-pages', 'http://responses:8082/docs/'],
  ['GET', '/docs/openai/openapi.json', 'responses-pages', 'http://responses:8082/docs/openai/openapi.json'],
  ['GET', '/docs/auth/openapi.json', 'auth-docs', 'http://auth:8081/docs/auth/openapi.json'],
  ['GET', '/docs/llm/openapi.json', 'llm-docs', 'http://llm:8080/docs/llm/openapi.json'],
  ['GET', '/docs/mcp/openapi.json', 'mcp-docs', 'http://mcp:8091/docs/mcp/openapi.json'],
  ['GET', '/docs.html', undefined],
  ['GET', '/v1/usage', 'auth-usage-jwt', 'http://auth:8081/v1/usage'],
  ['GET', '/v1/usages', 'responses-unrouted', 'http://responses:8082/v1/usages'],
  ['GET', '/healthz', 'responses-health', 'http://responses:8082/healthz'],
  ['GET', '/readyz', 'responses-health', 'http://responses:8082/readyz'],
  ['GET', '/readyz/x', undefined],
  ['POST', '/v1/files', 'mcp-files-jwt', 'http://mcp:8091/v1/files'],
  ['GET', '/v1/files/file_1/content', 'mcp-files-jwt', 'http://mcp:8091/v1/files/file_1/content'],
  ['POST', '/v1/uploads/upload_1/parts', 'mcp-files-jwt', 'http://mcp:8091/v1/uploads/upload_1/parts'],
  ['POST', '/v1/containers/cntr_1/files', 'mcp-files-jwt', 'http://mcp:8091/v1/containers/cntr_1/files'],
  ['GET', '/v1/filesx', 'responses-unrouted', 'http://responses:8082/v1/filesx'],
  ['POST', '/mcp', 'mcp-jwt', 'http://mcp:8091/mcp'],
  ['GET', '/mcp/sse', 'mcp-jwt', 'http://mcp:8091/mcp/sse'],
  ['POST', '/mcpx', undefined],
  ['GET', '/v1/tools', 'mcp-jwt', 'http://mcp:8091/v1/tools'],
  ['POST', '/v1/tools/scrape/try', 'mcp-jwt', 'http://mcp:8091/v1/tools/scrape/try'],
  ['POST', '/v1/mcp/servers', 'mcp-jwt', 'http://mcp:8091/v1/mcp/servers'],
  ['GET', '/v1/mcp/servers/docs/tools', 'mcp-jwt', 'http://mcp:8091/v1/mcp/servers/docs/tools'],
  ['GET', '/v1/mcp/serversx', 'responses-unrouted', 'http://responses:8082/v1/mcp/serversx'],
  ['POST', '/v1/vector_stores', 'mcp-jwt', 'http://mcp:8091/v1/vector_stores'],
  ['POST', '/v1/vector_stores/vs_1/search', 'mcp-jwt', 'http://mcp:8091/v1/vector_stores/vs_1/search'],
  ['GET', '/v1/vector_storesx', 'responses-unrouted', 'http://responses:8082/v1/vector_storesx'],
  ['GET', '/v1/mcp', 'responses-unrouted', 'http://responses:8082/v1/mcp'],
  ['GET', '/metrics', undefined],
  ['GET', '/', 'responses-pages', 'http://responses:8082/'],
  ['GET', '/index.html', undefined],
];

describe('the routes of kong.yml', () => {
  it.each(table)('%s %s goes to %s', (method, path, route, upstream) => {
    const match = router.match({ method, path, headers: {} });
    expect(match?.route.name).toBe(route);
    expect(match && match.service.url.origin + match.upstreamPath).toBe(upstream);
  });

  it.each([
    ['/v1/responses', 'responses'],
    ['/codex/v1/responses', 'responses'],
    ['/v1/chat/completions', 'llm'],
    ['/llm/v1/models', 'llm-prefixed'],
    ['/mcp', 'mcp'],
    ['/v1/mcp/servers', 'mcp'],
    ['/v1/vector_stores', 'mcp'],
    ['/v1/usage', 'auth-usage'],
    ['/v1/me', 'auth-me'],
  ])('%s has another route for API keys, matched by their header', (path, name) => {
    const routeFor = (headers: Record<string, string>) =>
      router.match({ method: 'POST', path, headers })?.route.name;
    expect(routeFor({ authorization: 'Bearer sk_abc' })).toBe(`${name}-bearer-key`);
    expect(routeFor({ authorization: 'bearer  SK_abc' })).toBe(`${name}-bearer-key`);
    expect(routeFor({ 'x-api-key': 'sk_abc' })).toBe(`${name}-api-key`);
    expect(routeFor({ authorization: 'Bearer eyJhbGciOi.sk_.x' })).toBe(`${name}-jwt`);
    expect(routeFor({ authorization: 'Basic sk_abc' })).toBe(`${name}-jwt`);
    expect(routeFor({ 'x-api-key': '' })).toBe(`${name}-jwt`);
  });

  it('limits the guest login with any headers', () => {
    const headers = { 'x-api-key': 'sk_abc', authorization: 'Bearer sk_abc' };
    const match = router.match({ method: 'POST', path: '/llm/auth/guest-login', headers });
    expect(match?.route.name).toBe('auth-guest-login');
  });

  it('does not depend on the order of the file, because Kong does not keep it', () => {
    const reversed = new Router({
      ...config,
      services: config.services
        .map((service) => ({
          ...service,
          routes: service.routes.map((route) => ({ ...route, paths: route.paths.toReversed() })).toReversed(),
        }))
        .toReversed(),
    });
    const headerSets = [{}, { 'x-api-key': 'k' }, { authorization: 'Bearer sk_a' }];
    for (const headers of headerSets) {
      for (const [method, path] of table) {
        const request = { method, path, headers };
        expect(reversed.match(request)?.route.name, `${method} ${path}`).toBe(
          router.match(request)?.route.name,
        );
      }
    }
  });
});

/** What Kong needs to relay a WebSocket: its plugins see the handshake alone, and nginx joins both sides when the upstream accepts. */
describe('the WebSocket of kong.yml', () => {
  const handshake = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  /** websockets.heartbeat, the longest silence of an idle connection. */
  const heartbeatMs = 30_000;

  it.each([
    ['responses-jwt', { authorization: 'Bearer eyJhbGciOi.x.y' }],
    ['responses-bearer-key', { authorization: 'Bearer sk_abc' }],
    ['responses-api-key', { 'x-api-key': 'sk_abc' }],
  ])('passes by %s', (name, headers) => {
    const request = { method: 'GET', path: '/v1/responses', headers: { ...handshake, ...headers } };
    const match = router.match(request);
    expect(match?.route).toMatchObject({ name, strip_path: false, response_buffering: false });
    // Routes of plain HTTP: ws and wss are protocols of Kong Enterprise.
    expect(match?.route).not.toHaveProperty('protocols');
    expect(match?.service).toMatchObject({ name: 'responses', retries: 0 });
    expect(match && match.service.url.origin + match.upstreamPath).toBe('http://responses:8082/v1/responses');
    expect(match?.service.read_timeout).toBeGreaterThan(2 * heartbeatMs);
    expect(match?.service.write_timeout).toBeGreaterThan(heartbeatMs);
  });

  it('keeps its handshake: no plugin removes a header of it or requires a body', () => {
    for (const plugin of allPlugins(config)) {
      if (plugin.name === 'request-size-limiting') expect(plugin.config.require_content_length).toBe(false);
      if (plugin.name !== 'request-transformer') continue;
      const { headers } = plugin.config.remove;
      for (const header of [...Object.keys(handshake), 'authorization', 'x-api-key'])
        expect(headers).not.toContain(header);
    }
  });
});

describe('the order of matching', () => {
  it('prefers more kinds of conditions over everything else', () => {
    expect(winner({ wide: { paths: ['~/a/b$'] }, narrow: { paths: ['/a'], methods: ['GET'] } }, '/a/b')).toBe(
      'narrow',
    );
  });

  it('prefers a regular expression over a longer prefix', () => {
    expect(winner({ prefix: { paths: ['/a/b/c'] }, expression: { paths: ['~/a'] } }, '/a/b/c')).toBe(
      'expression',
    );
  });

  it('prefers the higher regex_priority', () => {
    const routes = { low: { paths: ['~/a'] }, high: { paths: ['~/a/?'], regex_priority: 1 } };
    expect(winner(routes, '/a/b')).toBe('high');
  });

  it('prefers the longer prefix', () => {
    expect(winner({ short: { paths: ['/a/'] }, long: { paths: ['/a/b/'] } }, '/a/b/c')).toBe('long');
  });

  it('prefers more header matches', () => {
    const routes = {
      one: { paths: ['/a'], headers: { 'x-one': ['1'] } },
      two: { paths: ['/a'], headers: { 'x-one': ['1'], 'x-two': ['2'] } },
    };
    expect(winner(routes, '/a', { 'x-one': '1', 'x-two': '2' })).toBe('two');
    expect(winner(routes, '/a', { 'x-one': '1' })).toBe('one');
    expect(winner(routes, '/a')).toBeUndefined();
  });
});

describe('strip_path', () => {
  it.each([
    ['http://up', '/prefix', '/prefix', '/'],
    ['http://up', '/prefix', '/prefix/', '/'],
    ['http://up', '/prefix', '/prefix/a', '/a'],
    ['http://up', '/prefix/', '/prefix/a', '/a'],
    ['http://up/base', '/prefix', '/prefix/a', '/base/a'],
    ['http://up/base', '/prefix/', '/prefix/a', '/base/a'],
    ['http://up/base/', '/prefix/', '/prefix/a', '/base/a'],
    ['http://up/base/', '/prefix', '/prefix', '/base'],
    ['http://up/base', '/prefix', '/prefix', '/base'],
  ])('a service at %s behind %s gets %s as %s', (url, prefix, path, upstream) => {
    const match = new Router(configOf({ only: { paths: [prefix] } }, url)).match({
      method: 'GET',
      path,
      headers: {},
    });
    expect(match?.upstreamPath).toBe(upstream);
    expect(match?.strippedPrefix).toBe(prefix);
  });
});

type Routes = Record<string, Record<string, unknown>>;

function winner(routes: Routes, path: string, headers: Record<string, string> = {}): string | undefined {
  const request = { method: 'GET', path, headers };
  const forward = new Router(configOf(routes, 'http://up')).match(request)?.route.name;
  const reversed = Object.fromEntries(Object.entries(routes).toReversed());
  expect(new Router(configOf(reversed, 'http://up')).match(request)?.route.name).toBe(forward);
  return forward;
}

function configOf(routes: Routes, url: string): KongConfig {
  const service = {
    name: 'up',
    url,
    connect_timeout: 1000,
    write_timeout: 1000,
    read_timeout: 1000,
    retries: 0,
    routes: Object.entries(routes).map(([name, route]) => ({ name, ...route })),
  };
  return parseKongConfig(JSON.stringify({ _format_version: '3.0', services: [service] }), 'test');
}
