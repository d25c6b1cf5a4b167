import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect } from 'vitest';
import { WebSocket } from 'ws';
import type { AppProcess } from './system/app-process.ts';
import type { ApiDocument } from './checks/documented.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const document = (await (await fetch(`${system.url}/docs/openapi.json`)).json()) as ApiDocument; // apps/e2e/src/docs checks it against the API

/** A stack that allows calls without a token, beside the one of the other scenarios. */
const local = { AUTH_ANONYMOUS: 'true', ALLOWED_ORIGINS: 'https://app.example' };
const apps = new Map<string, AppProcess>();

beforeAll(async () => {
  for (const name of ['auth', 'llm', 'mcp', 'responses'] as const)
    apps.set(name, await system.startAnother(name, local));
  const upstreams = [...apps].map(([name, app]) => `${name}=${app.url}`).join(',');
  apps.set(
    'local-gateway',
    await system.startAnother('local-gateway', { ...local, GATEWAY_UPSTREAMS: upstreams }),
  );
});

afterAll(() => Promise.all([...apps.values()].map((app) => app.stop())));

const urlOf = (name: string) => apps.get(name)?.url ?? '';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** Sends a request with headers that `fetch` does not let a program set. */
async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body = '',
): Promise<Answer> {
  const request = httpRequest(url, { method, headers, agent: false });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const words = await text(answer);
  const isJson = /json/.test(answer.headers['content-type'] ?? '');
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: isJson && words !== '' ? (JSON.parse(words) as unknown) : words,
  };
}

const someId = 'resp_00000000000000000000000000';

/** Every route of every service, by its path at the gateway. */
const routes: [method: string, path: string][] = [
  ...Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => !method.startsWith('x-'))
      .map((method): [string, string] => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, someId)]),
  ),
  ['POST', '/llm/auth/guest-login'],
  ['POST', '/llm/auth/refresh-token'],
  ['POST', '/llm/auth/validate'],
  ['GET', '/llm/auth/me'],
  ['POST', '/llm/auth/upgrade'],
  ['GET', '/llm/auth/logout'],
  ['POST', '/llm/auth/logout'],
  ['POST', '/llm/auth/revoke'],
  ['GET', '/llm/auth/api-keys'],
  ['POST', '/llm/auth/api-keys'],
  ['DELETE', '/llm/auth/api-keys/key_1'],
  ['GET', '/.well-known/jwks.json'],
  ['POST', '/v1/chat/completions'],
  ['POST', '/v1/embeddings'],
  ['POST', '/v1/images/generations'],
  ['POST', '/v1/images/edits'],
  ['GET', '/v1/me'],
  ['POST', '/console/session'],
  ['DELETE', '/console/session'],
  ['POST', '/console/session/token'],
  ['GET', '/v1/models'],
  ['GET', '/llm/v1/models/gpt-scripted'],
  ['GET', '/mcp'],
  ['POST', '/mcp'],
  ['DELETE', '/mcp'],
  ['GET', '/v1/mcp/servers'],
  ['POST', '/v1/mcp/servers'],
  ['PATCH', '/v1/mcp/servers/docs'],
  ['DELETE', '/v1/mcp/servers/docs'],
  ['GET', '/v1/mcp/servers/docs/tools'],
  ['GET', '/v1/webhooks/secret'],
  ['POST', '/v1/webhooks/secret/rotate'],
  ['GET', '/docs'],
  ['GET', '/docs/openapi.json'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/v1/unrouted'],
];

const host = () => new URL(urlOf('local-gateway')).host;

/** The headers that a browser sends for a page of another machine. */
const foreign: Record<string, () => Record<string, string>> = {
  'fetch() of another origin': () => ({
    host: host(),
    origin: 'https://evil.example',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    referer: 'https://evil.example/',
  }),
  'a page in a sandbox, or a file': () => ({
    host: host(),
    origin: 'null',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'no-cors',
    'sec-fetch-dest': 'empty',
  }),
  'a form': () => ({
    host: host(),
    origin: 'https://evil.example',
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }),
  'an image, a script': () => ({
    host: host(),
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'no-cors',
    'sec-fetch-dest': 'image',
  }),
  'a name that was pointed to this machine': () => ({ host: 'evil.example:8000' }),
  'the same, for a POST': () => ({
    host: 'evil.example',
    origin: 'http://evil.example',
    'content-type': 'application/json',
  }),
};

scenario(
  'entry-local-pages',
  'a page of another origin is refused on every route, in the shape of its API',
  async () => {
    expect(routes.length).toBeGreaterThan(60);
    for (const [what, headers] of Object.entries(foreign))
      for (const [method, path] of routes) {
        const {
          status,
          body,
          headers: answered,
        } = await send(urlOf('local-gateway') + path, method, headers());
        const place = `${what}: ${method} ${path}`;
        expect([place, status]).toEqual([place, 403]);
        expect(answered['access-control-allow-origin'], place).toBeUndefined();
        expect(JSON.stringify(body), place).toMatch(/without a token/);
        const shape = path === '/mcp' ? 'jsonrpc' : path.startsWith('/api/v1') ? 'detail' : 'error';
        expect(Object.keys(body as object), place).toContain(shape);
      }
  },
  60_000,
);

scenario(
  'entry-local-pages',
  'a page of another origin is refused at each service, and where the gateway answers itself',
  async () => {
    for (const [name, app] of apps) {
      const paths =
        name === 'local-gateway' ? ['/-/healthz', '/-/metrics'] : ['/healthz', '/metrics', '/nowhere'];
      const pages: Record<string, string>[] = [
        { host: 'evil.example' },
        { host: host(), origin: 'https://evil.example' },
      ];
      for (const path of paths)
        for (const headers of pages) {
          const place = `${name} ${path} ${JSON.stringify(headers)}`;
          expect([place, (await send(app.url + path, 'GET', headers)).status]).toEqual([place, 403]);
        }
    }
    const preflight = {
      host: host(),
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
    };
    const { status, headers } = await send(`${urlOf('local-gateway')}/v1/responses`, 'OPTIONS', preflight);
    expect([status, headers['access-control-allow-origin']]).toEqual([403, undefined]);
  },
);

scenario('entry-local-pages', 'a page of another origin cannot open a WebSocket', async () => {
  const opened = async (name: string, headers: Record<string, string>) => {
    const socket = new WebSocket(`${urlOf(name).replace('http', 'ws')}/v1/responses`, { headers });
    const outcome = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(
        ([, answer]) => (answer as { statusCode: number }).statusCode, // ws's arguments of this event
      ),
    ]);
    socket.on('error', () => undefined);
    socket.terminate();
    return outcome;
  };
  for (const name of ['local-gateway', 'responses']) {
    for (const origin of ['https://evil.example', 'null'])
      expect([name, origin, await opened(name, { origin })]).toEqual([name, origin, 403]);
    expect([name, await opened(name, { host: 'evil.example' })]).toEqual([name, 403]);
    expect([name, await opened(name, { origin: 'http://localhost:5173' })]).toEqual([name, 101]);
    expect([name, await opened(name, {})]).toEqual([name, 101]);
  }
});

const create = JSON.stringify({ model: 'gpt-scripted', input: 'Hello' });
const json = { 'content-type': 'application/json' };

scenario(
  'entry-local-programs',
  'programs and pages of this machine, or of a listed origin, may',
  async () => {
    const { port } = new URL(urlOf('local-gateway'));
    const { default: OpenAI } = await import('openai');
    const client = new OpenAI({ baseURL: `${urlOf('local-gateway')}/v1`, apiKey: 'EMPTY' });
    expect((await client.responses.create({ model: 'gpt-scripted', input: 'x' })).status).toBe('completed');
    // Who owns the machine administers its providers.
    const providers = await send(`${urlOf('local-gateway')}/llm/v1/admin/providers`, 'GET', { host: host() });
    expect(providers.status).toBe(200);
    const allowed: Record<string, string>[] = [
      {},
      { host: `localhost:${port}`, origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' },
      { host: `localhost:${port}`, origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
      { host: `127.0.0.1:${port}`, origin: 'http://127.0.0.1:9' },
      { host: host(), origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of allowed) {
      const answer = await send(
        `${urlOf('local-gateway')}/v1/responses`,
        'POST',
        { ...json, ...headers },
        create,
      );
      expect([headers, answer.status]).toEqual([headers, 200]);
      if (headers.origin !== undefined)
        expect(answer.headers['access-control-allow-origin']).toBe(headers.origin);
    }
    // A link on a page of another origin leads the user to the documentation.
    const link = { host: host(), 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    const followed = await send(`${urlOf('local-gateway')}/docs`, 'GET', {
      ...link,
      'sec-fetch-dest': 'document',
    });
    expect(followed.status).toBe(200);
  },
);

scenario('entry-simple-requests', 'a body of a type that a form can have changes nothing', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    for (const [path, shape] of [
      ['/v1/responses', 'error'],
      ['/responses/v1/responses', 'error'],
      ['/api/v1/responses', 'detail'],
      ['/codex/v1/responses', 'error'],
      ['/v1/chat/completions', 'error'],
      ['/llm/auth/refresh-token', 'error'],
      ['/v1/mcp/servers', 'error'],
      ['/mcp', 'jsonrpc'],
    ] as const) {
      const { status, body } = await send(
        urlOf('local-gateway') + path,
        'POST',
        { 'content-type': type },
        create,
      );
      expect([type, path, status]).toEqual([type, path, 415]);
      expect(Object.keys(body as object)).toContain(shape);
    }
});
