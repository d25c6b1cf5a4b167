import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, failTool } from '../testing/call.ts';
import { egressTo, type FakeWeb, give, startWeb } from '../testing/fake-web.ts';
import { createHttpTools, type HttpToolOptions } from './http-requests.ts';

const options: HttpToolOptions = {
  toolTimeoutMs: 10_000,
  timeoutMs: 2_000,
  answerBytesMax: 100_000,
  redirectsMax: 3,
  outputBytesMax: 32 * 1024,
  allowedUrls: [],
};

let web: FakeWeb;

beforeAll(async () => {
  web = await startWeb({
    '/api/users': give('application/json; charset=utf-8', '{"users":[{"id":1,"name":"A\\u0000da"}]}'),
    '/api/text': give('text/plain', 'hello'),
    '/api/picture': give('image/png', Buffer.from([0x89, 0, 1])),
    '/api/broken': give('application/json', '{"users":'),
    '/api/deep': give('application/json', '['.repeat(20_000) + ']'.repeat(20_000)),
    '/api/long': give('application/json', JSON.stringify({ text: 'x'.repeat(50_000) })),
    '/api/huge': give('text/plain', 'x'.repeat(200_000)),
    '/api/refused': give('application/json', '{"error":"no"}', 422),
    '/api/empty': (_request, reply) => void reply.writeHead(204).end(),
    '/api/moved': (_request, reply) => void reply.writeHead(302, { location: '/other' }).end(),
    '/api/echo': (request, reply) =>
      void reply
        .writeHead(200, { 'content-type': 'application/json', allow: 'GET, POST', 'set-cookie': 'a=b' })
        .end(
          JSON.stringify({
            method: request.method,
            type: request.headers['content-type'] ?? null,
            length: request.headers['content-length'] ?? null,
            key: request.headers['idempotency-key'],
            body: request.body,
          }),
        ),
    '/other': give('text/plain', 'other'),
    '/apisecret': give('text/plain', 'secret'),
  });
});

afterAll(() => web.close());

function get(over: Partial<HttpToolOptions> = {}) {
  return toolFor('get', over);
}

function toolFor(verb: string, over: Partial<HttpToolOptions> = {}) {
  const tools = createHttpTools({ ...options, ...over }, egressTo(new URL(web.url).host));
  const tool = tools.find(({ offer }) => offer.name === `${verb}_http_requests`);
  if (!tool) throw new Error(`there is no ${verb} tool`);
  return tool;
}

describe('get_http_requests', () => {
  it('is offered as a tool that changes nothing', () => {
    expect(get().offer).toMatchObject({ name: 'get_http_requests', annotations: { readOnly: true } });
    expect(get().offer.parameters).toMatchObject({ required: ['url'] });
  });

  it('returns JSON as JSON, and sends the given query and headers', async () => {
    const result = await callTool(get(), {
      url: `${web.url}/api/users?page=1#top`,
      input_data: { q: 'grün & blau', limit: 5, active: true, tag: ['a', 'b'], none: null, filter: { a: 1 } },
      headers: { Authorization: 'Bearer t', 'Idempotency-Key': 'mine' },
    });
    expect(result).toEqual({
      status: 200,
      url: expect.stringContaining('/api/users?page=1&q=gr') as string,
      content_type: 'application/json; charset=utf-8',
      body: { users: [{ id: 1, name: 'A\ufffdda' }] },
    });
    const asked = web.requests.at(-1);
    expect([...new URL(asked?.url ?? '', web.url).searchParams]).toEqual([
      ['page', '1'],
      ['q', 'grün & blau'],
      ['limit', '5'],
      ['active', 'true'],
      ['tag', 'a'],
      ['tag', 'b'],
      ['filter', '{"a":1}'],
    ]);
    expect(asked?.headers).toMatchObject({ authorization: 'Bearer t', 'idempotency-key': 'resp_1:0:0' });
  });

  it.each([
    ['/api/text', 200, 'hello'],
    ['/api/broken', 200, '{"users":'],
    ['/api/refused', 422, { error: 'no' }],
    ['/api/empty', 204, ''],
    ['/nowhere', 404, 'there is nothing here'],
  ])('returns the status and body of %s', async (path, status, body) => {
    expect(await callTool(get(), { url: web.url + path })).toMatchObject({ status, body });
  });

  it('leaves out bodies that are not text', async () => {
    expect(await callTool(get(), { url: `${web.url}/api/picture` })).toMatchObject({
      body: null,
      note: 'The body is not text: 3 bytes are left out.',
    });
  });

  it('keeps a long body within the bounds of an output', async () => {
    for (const path of ['/api/long', '/api/deep']) {
      const result = await callTool(get(), { url: web.url + path });
      expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(options.outputBytesMax);
      expect(result.note).toMatch(/^The body is longer/);
    }
    expect(await failTool(get(), { url: `${web.url}/api/huge` })).toMatchObject({
      code: 'payload_too_large',
    });
  });

  it('requests listed URLs only, redirects included', async () => {
    const listed = get({ allowedUrls: ['https://example.com/', `${web.url}/api`] });
    expect(await callTool(listed, { url: `${web.url}/api/text` })).toMatchObject({ body: 'hello' });
    const before = web.requests.length;
    const climbing = ['/api/../other', '/api/%2e%2e/other', '/api/..%2fother', '/api/..%5Cother'];
    const encodedTwice = [
      '/api/%252e%252e/other',
      '/api/..%252fother',
      '/api/..;a=b/other',
      '/api/.%2e;/other',
    ];
    for (const path of ['/other', '/apisecret', '/API/text', '/', ...climbing, ...encodedTwice]) {
      expect((await failTool(listed, { url: web.url + path })).code, path).toBe('forbidden');
    }
    const { host } = new URL(web.url);
    for (const url of [`http://example.com@${host}/other`, `http://${host}@example.com/other`])
      expect((await failTool(listed, { url })).code, url).toMatch(/forbidden|invalid_request/);
    expect(web.requests).toHaveLength(before);
    expect((await failTool(listed, { url: `${web.url}/api/moved` })).code).toBe('forbidden');
    expect(web.requests.at(-1)?.url).toBe('/api/moved');
    expect(await callTool(get(), { url: `${web.url}/api/moved` })).toMatchObject({
      body: 'other',
      url: `${web.url}/other`,
    });
  });

  it.each([
    [{ url: 'http://127.0.0.1:1/' }, 'url must be an http or https URL of a public host'],
    [{ url: 'nonsense' }, 'url must be'],
    [{}, 'url '],
    [{ url: 'https://example.com', input_data: 'x' }, 'input_data '],
    [{ url: 'https://example.com', headers: { a: 1 } }, 'headers.a '],
    [{ url: 'https://example.com', headers: { host: 'x' } }, 'The header "host" cannot be set.'],
    [{ url: 'https://example.com', headers: { 'a b': 'x' } }, 'A header has a name or value'],
  ])('refuses %j', async (args, message) => {
    const error = await failTool(get(), args);
    expect(error).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('the other HTTP tools', () => {
  const safe = { readOnly: true, idempotent: true, destructive: false };

  it.each([
    ['head', safe],
    ['options', safe],
    ['trace', safe],
    ['post', { readOnly: false, idempotent: false, destructive: false }],
    ['put', { readOnly: false, idempotent: true, destructive: true }],
    ['patch', { readOnly: false, idempotent: false, destructive: true }],
    ['delete', { readOnly: false, idempotent: true, destructive: true }],
  ])('%s has the annotations of its effects', (verb, annotations) => {
    // Calls of those that are not read-only wait for approval.
    expect(toolFor(verb).offer).toMatchObject({ annotations, approval: 'unsafe' });
  });

  it.each(['post', 'put', 'patch'])('%s sends JSON', async (verb) => {
    const result = await callTool(toolFor(verb), {
      url: `${web.url}/api/echo?a=1`,
      input_data: { name: 'grün', price: 29.99, tags: ['a', null] },
    });
    expect(result.body).toEqual({
      method: verb.toUpperCase(),
      type: 'application/json',
      length: '48',
      key: 'resp_1:0:0',
      body: '{"name":"grün","price":29.99,"tags":["a",null]}',
    });
    expect(web.requests.at(-1)?.url).toBe('/api/echo?a=1');
    expect(result).not.toHaveProperty('headers');
  });

  it('accepts a requested JSON media type, and no other', async () => {
    const typeOf = async (header: Record<string, string>) => {
      const args = { url: `${web.url}/api/echo`, input_data: {}, headers: header };
      return (await callTool(toolFor('patch'), args)).body;
    };
    const merge = 'application/merge-patch+json; charset=utf-8';
    expect(await typeOf({ 'Content-Type': merge })).toMatchObject({ type: merge, body: '{}' });
    expect(await typeOf({ 'Content-Type': 'text/plain' })).toMatchObject({ type: 'application/json' });
  });

  it('sends no body without input', async () => {
    const result = await callTool(toolFor('post'), { url: `${web.url}/api/echo` });
    expect(result.body).toMatchObject({ method: 'POST', type: null, length: '0', body: '' });
  });

  it.each(['delete', 'trace', 'options'])('%s puts its data into the query', async (verb) => {
    const args = { url: `${web.url}/api/echo`, input_data: { id: 7 } };
    const result = await callTool(toolFor(verb), args);
    expect(result.body).toMatchObject({ method: verb.toUpperCase(), type: null, body: '' });
    expect(web.requests.at(-1)?.url).toBe('/api/echo?id=7');
  });

  it.each(['head', 'options'])('%s gives the headers', async (verb) => {
    const result = await callTool(toolFor(verb), { url: `${web.url}/api/echo` });
    expect(result).toMatchObject({
      status: 200,
      headers: { allow: 'GET, POST', 'content-type': 'application/json' },
    });
    expect(result.headers).not.toHaveProperty('set-cookie');
  });

  it.each(['post', 'put', 'patch', 'delete'])('%s requests listed URLs only', async (verb) => {
    const listed = toolFor(verb, { allowedUrls: [`${web.url}/api`] });
    const before = web.requests.length;
    const args = { url: `${web.url}/other`, input_data: { a: 1 } };
    expect(await failTool(listed, args)).toMatchObject({ code: 'forbidden' });
    expect(web.requests).toHaveLength(before);
  });
});
