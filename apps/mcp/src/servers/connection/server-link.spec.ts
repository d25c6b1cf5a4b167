import type { ServerResponse } from 'node:http';
import { AppError } from '@antiphon/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { startWeb } from '../../testing/fake-web.ts';
import { resultText } from './call-result.ts';
import type { ServerLimits } from '../server-limits.ts';
import type { McpServer } from '../registry/server.ts';
import { type Answer, giveResult, type OwnServer, plainTool, startOwn } from '../testing/own-server.ts';
import { limits, poolTo, serverAt } from '../testing/pool.ts';

const never = new AbortController().signal;
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function own(answers: Record<string, Answer>): Promise<OwnServer> {
  const server = await startOwn(answers);
  closers.push(() => server.close());
  return server;
}

function link(url: string, over: Partial<McpServer> = {}, bounds: Partial<ServerLimits> = {}) {
  const pool = poolTo(url, bounds);
  closers.push(() => pool.onModuleDestroy());
  return pool.linkTo(serverAt(url, over));
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const outcome = await promise.then(
    (value) => new Error(`it did not fail: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof AppError) return outcome;
  throw outcome;
}

const echo = { name: 'echo', arguments: { n: 1 }, idempotencyKey: 'resp_1:0:0' };
const quick = { timeouts: { connectMs: 300, listMs: 300, callMs: 300 } };

describe('a server', () => {
  it('receives its own headers and the key of a call, and no others', async () => {
    const server = await own({});
    const headers = { authorization: 'Bearer for-this-server', 'x-team': 'blue' };
    const connected = link(server.url, { openHeaders: () => headers });
    expect(resultText(await connected.call(echo, never))).toBe('{"n":1}');
    const call = server.messages.find(({ method }) => method === 'tools/call');
    expect(call?.headers).toMatchObject({ ...headers, 'idempotency-key': 'resp_1:0:0' });
    expect(call?.params).toMatchObject({ name: 'echo', _meta: { idempotencyKey: 'resp_1:0:0' } });
    expect(call?.headers).not.toHaveProperty('x-api-key');
    expect(
      server.messages.every(({ headers: { authorization } }) => authorization === headers.authorization),
    ).toBe(true);
  });

  it('gets no cancellation when the timeout of a finished request passes', async () => {
    const server = await own({});
    const connected = link(server.url, quick);
    await connected.listTools(never);
    const call = new AbortController();
    await connected.call(echo, call.signal);
    call.abort();
    const endsAt = performance.now() + 2 * quick.timeouts.callMs;
    while (performance.now() < endsAt) await connected.call(echo, never);
    expect(server.messages.map(({ method }) => method)).not.toContain('notifications/cancelled');
  });

  it('is connected once, and lists its tools once, for all callers', async () => {
    const server = await own({});
    const connected = link(server.url);
    await Promise.all([1, 2, 3].map(() => connected.listTools(never)));
    await connected.listTools(never);
    const methods = server.messages.map(({ method }) => method);
    expect(methods.filter((method) => method === 'initialize')).toHaveLength(1);
    expect(methods.filter((method) => method === 'tools/list')).toHaveLength(1);
  });

  it('lists its tools again after it reported a change', async () => {
    let names = ['one'];
    const server = await own({
      listen: () => null,
      'tools/list': () => ({ tools: names.map((name) => plainTool(name)) }),
    });
    const connected = link(server.url);
    expect([...(await connected.listTools(never)).tools.keys()]).toEqual(['srv__one']);
    names = ['one', 'two'];
    await expect.poll(() => server.listeners.length).toBe(1);
    server.send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    await expect
      .poll(async () => [...(await connected.listTools(never)).tools.keys()])
      .toEqual(['srv__one', 'srv__two']);
  });

  it('lists its tools page by page, up to the limits', async () => {
    const server = await own({
      'tools/list': ({ params }) => {
        const page = Number(params?.cursor ?? 0);
        const tools = Array.from({ length: 50 }, (_none, index) => plainTool(`t${page * 50 + index}`));
        return { tools, nextCursor: String(page + 1) }; // it never ends
      },
    });
    const { tools } = await link(server.url).listTools(never);
    expect(tools.size).toBe(128);
    expect(server.messages.filter(({ method }) => method === 'tools/list')).toHaveLength(3);
  });

  it('gets a cancellation when a call is aborted', async () => {
    const server = await own({ 'tools/call': () => undefined });
    const aborter = new AbortController();
    const call = link(server.url).call(echo, aborter.signal);
    await expect.poll(() => server.messages.some(({ method }) => method === 'tools/call')).toBe(true);
    aborter.abort(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
    await expect
      .poll(() => server.messages.some(({ method }) => method === 'notifications/cancelled'))
      .toBe(true);
  });

  it('has limits on calls, with lower ones for a tool or the server where they are set', () => {
    const places = (over: Partial<McpServer>) =>
      link('http://127.0.0.1:1/mcp', over)
        .slotsOf('echo')
        .map(({ concurrency }) => concurrency);
    expect(places({})).toEqual([4]);
    expect(places({ concurrency: 2 })).toEqual([2]);
    expect(places({ concurrency: 100 })).toEqual([4]);
    expect(places({ concurrency: 2, tools: { echo: { concurrency: 1 } } })).toEqual([1, 2]);
  });

  it('is disconnected when it is idle, and connected again at its next use', async () => {
    const server = await own({});
    const pool = poolTo(server.url, { idleMs: 20 });
    closers.push(() => pool.onModuleDestroy());
    const description = serverAt(server.url);
    await pool.linkTo(description).listTools(never);
    await expect.poll(() => pool.stateOf(description).status).toBe('unknown');
    expect((await pool.linkTo(description).listTools(never)).tools.size).toBe(1);
  });

  it('that was changed gets a new connection, and the old one ends', async () => {
    const server = await own({});
    const pool = poolTo(server.url);
    closers.push(() => pool.onModuleDestroy());
    const before = pool.linkTo(serverAt(server.url));
    await before.listTools(never);
    const after = pool.linkTo(serverAt(server.url, { revision: '2', openHeaders: () => ({ 'x-new': '1' }) }));
    await after.listTools(never);
    expect(server.messages.at(-1)?.headers).toMatchObject({ 'x-new': '1' });
    expect(await failure(before.call(echo, never))).toMatchObject({ code: 'unavailable' });
  });

  it('is disconnected for another where the maximum is connected', async () => {
    const server = await own({});
    const pool = poolTo(server.url, { connectionsMax: 2 });
    closers.push(() => pool.onModuleDestroy());
    const all = ['a', 'b', 'c'].map((label) => serverAt(server.url, { label }));
    for (const description of all) await pool.linkTo(description).listTools(never);
    expect(all.map((description) => pool.stateOf(description).status)).toEqual([
      'unknown',
      'connected',
      'connected',
    ]);
  });
});

describe('a server that closes the stream of an answer', () => {
  const events = (reply: ServerResponse, ...fields: string[]) =>
    void reply
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(fields.map((field) => `${field}\n\n`).join(''));
  const result = (id: unknown, text: string) =>
    `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })}`;

  /** A server whose calls end after these fields, and continue with the next of `rest` each time. */
  async function pausing(first: string[], rest: ((reply: ServerResponse, id: unknown) => void)[]) {
    let id: unknown;
    const left = [...rest];
    const server = await own({
      'tools/call': (message, reply) => {
        id = message.id;
        events(reply, ...first);
      },
      resume: (_message, reply) => left.shift()?.(reply, id) ?? undefined,
    });
    return {
      server,
      call: () => link(server.url, { openHeaders: () => ({ 'x-team': 'blue' }) }).call(echo, never),
    };
  }

  it('after an event with an id gets requests for the rest, with its own headers, until the answer is complete', async () => {
    const { server, call } = await pausing(
      ['id: e1\nretry: 1\ndata: '],
      [
        (reply) => events(reply, 'id: e2\ndata: '),
        (reply) => void reply.writeHead(503).end(),
        (reply) => void reply.destroy(),
        (reply, id) => events(reply, result(id, 'at last')),
      ],
    );
    expect(resultText(await call())).toBe('at last');
    expect(server.resumed.map((headers) => headers['last-event-id'])).toEqual(['e1', 'e2', 'e2', 'e2']);
    for (const headers of server.resumed) {
      expect(headers).toMatchObject({ accept: 'text/event-stream', 'x-team': 'blue' });
      expect(headers).toHaveProperty('mcp-protocol-version');
      expect(headers).not.toHaveProperty('content-type');
    }
    expect(server.messages.filter(({ method }) => method === 'tools/call')).toHaveLength(1);
  });

  it('in the middle of an event sends the event again', async () => {
    const { call } = await pausing(
      ['id: e1\nretry: 1\ndata: ', 'data: {"jsonrpc":"2.0","id"'],
      [(reply, id) => events(reply, result(id, 'whole'))],
    );
    expect(resultText(await call())).toBe('whole');
  });

  it.each([
    [
      'does not continue',
      (reply: ServerResponse) => void reply.writeHead(404).end(),
      1,
      'did not continue its answer (status 404)',
    ],
    [
      'continues elsewhere',
      (reply: ServerResponse) => void reply.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
      5,
      'status 302, which is not followed',
    ],
    [
      'never continues',
      (reply: ServerResponse) => events(reply),
      5,
      'dropped the connection before it answered',
    ],
  ])('and %s is given up', async (_what, rest, times, message) => {
    const { server, call } = await pausing(
      ['id: e1\nretry: 1\ndata: '],
      Array.from({ length: 20 }, () => rest),
    );
    expect((await failure(call())).message).toContain(message);
    expect(server.resumed).toHaveLength(times);
  });

  it('gets no requests beyond the time of the call, with any pause that it sets', async () => {
    const server = await own({
      'tools/call': (_message, reply) => events(reply, 'id: e1\nretry: 3600000\ndata: '),
      resume: (_message, reply) => events(reply),
    });
    expect((await failure(link(server.url, quick).call(echo, never))).message).toBe(
      'The server did not answer within 0.3 s.',
    );
    expect(server.resumed).toEqual([]);
  });

  it('without an id gets no further request', async () => {
    const { server, call } = await pausing(['data: '], []);
    expect((await failure(call())).message).toContain('dropped the connection');
    expect(server.resumed).toEqual([]);
  });
});

describe('a malicious or broken server', () => {
  it.each([
    ['does not answer at all', { initialize: () => undefined }],
    ['does not list its tools', { 'tools/list': () => undefined }],
    [
      'accepts a request and sends nothing more',
      { 'tools/list': (_m: unknown, reply) => void reply.writeHead(202).end() },
    ],
    [
      'begins an answer and never ends it',
      {
        'tools/list': (_m: unknown, reply) =>
          void reply.writeHead(200, { 'content-type': 'application/json' }).write('{'),
      },
    ],
    [
      'dribbles',
      {
        'tools/list': (_m: unknown, reply) => {
          reply.writeHead(200, { 'content-type': 'text/event-stream' });
          const dribble = setInterval(() => reply.write(': still here\n\n'), 20);
          reply.once('close', () => clearInterval(dribble));
        },
      },
    ],
    [
      'answers another request',
      { 'tools/list': (m, reply) => giveResult(reply, { ...m, id: 999 }, { tools: [] }) },
    ],
  ] satisfies [string, Record<string, Answer>][])('that %s is given up in time', async (_what, answers) => {
    const server = await own(answers);
    expect((await failure(link(server.url, quick).listTools(never))).message).toBe(
      'The server did not answer within 0.3 s.',
    );
  });

  it.each([
    ['is not there', null, 'The server could not be reached.'],
    ['refuses', status(401), 'The server refuses its credentials (status 401).'],
    ['is broken', status(500), 'The server answered with status 500.'],
    ['answers with an HTML page', body('text/html', '<p>Hello'), 'The server breaks the protocol.'],
    ['answers with invalid JSON', body('application/json', '{"json'), 'The server breaks the protocol.'],
    ['answers with other JSON', body('application/json', '{"a":1}'), 'The server breaks the protocol.'],
    [
      'answers too much',
      body(
        'application/json',
        `{"jsonrpc":"2.0","id":0,"result":{"x":"${'x'.repeat(limits.answerBytesMax)}"}}`,
      ),
      'The answer is larger than 1 MB.',
    ],
    [
      'sends elsewhere',
      redirect('http://169.254.169.254/latest'),
      'The server answered with status 307, which is not followed.',
    ],
    ['redirects', redirect('/other'), 'The server answered with status 307, which is not followed.'],
    [
      'drops the connection',
      (_m: unknown, reply) => void reply.destroy(),
      'The server could not be reached.',
    ],
  ] satisfies [string, Answer | null, string][])(
    'that %s fails with a clear error',
    async (_what, initialize, message) => {
      const server = await own(initialize ? { initialize } : {});
      if (!initialize) await server.close();
      expect(await failure(link(server.url).listTools(never))).toMatchObject({
        code: 'unavailable',
        message,
      });
    },
  );

  it('is not connected for a while, and requests get its last error meanwhile', async () => {
    let isBroken = true;
    const server = await own({
      'tools/list': (_message, reply) => {
        if (!isBroken) return { tools: [plainTool('back')] };
        return void reply.writeHead(500).end();
      },
    });
    const connected = link(server.url, {}, { backoffMinMs: 100, backoffMaxMs: 100 });
    await failure(connected.listTools(never));
    const asked = server.messages.length;
    const meanwhile = await failure(connected.listTools(never));
    expect(meanwhile.message).toMatch(/^The MCP server failed and is paused for 1 s: .+ status 500\.$/);
    expect(server.messages.length).toBe(asked);
    expect(connected.state).toMatchObject({ status: 'failing' });
    isBroken = false;
    await expect.poll(async () => (await connected.listTools(never)).tools.size).toBe(1);
    expect(connected.state).toMatchObject({ status: 'connected', error: null });
  });

  it('that fails a call does not affect its other calls and later ones', async () => {
    const failing: Record<string, Answer> = {
      large: (message, reply) => giveResult(reply, message, { content: ['x'.repeat(limits.answerBytesMax)] }),
      broken: status(500),
      refused: status(400),
      gone: status(404),
      page: body('text/html', '<p>Hello'),
      half: body('application/json', '{"json'),
      hangUp: (_message, reply) => void reply.destroy(),
    };
    const held: (() => void)[] = [];
    const server = await own({
      'tools/call': (message, reply) => {
        const name = String(message.params?.name);
        if (name === 'slow') return void held.push(() => giveResult(reply, message, { content: [] }));
        const fail = failing[name];
        return fail ? fail(message, reply) : { content: [] };
      },
    });
    const connected = link(server.url);
    const slow = connected.call({ ...echo, name: 'slow' }, never);
    await expect.poll(() => held.length).toBe(1);
    for (const name of Object.keys(failing)) await failure(connected.call({ ...echo, name }, never));
    expect(connected.state).toMatchObject({ status: 'connected', error: null });
    expect((await connected.listTools(never)).tools.size).toBe(1);
    expect(resultText(await connected.call({ ...echo, name: 'fine' }, never))).toBe('');
    for (const give of held) give();
    expect(resultText(await slow)).toBe('');
  });

  it('that does not list its tools does not delay the next lists', async () => {
    const server = await own({ 'tools/list': () => undefined });
    const connected = link(server.url, quick);
    await failure(connected.listTools(never));
    const asked = server.messages.length;
    expect((await failure(connected.listTools(never))).message).toMatch(/paused for .+ within 0\.3 s\.$/);
    expect((await failure(connected.call(echo, never))).message).toMatch(/paused/);
    expect(server.messages.length).toBe(asked);
  });

  it('is retried automatically, unless only a request named it', async () => {
    let isBroken = true;
    const server = await own({
      'tools/list': (_message, reply) => (isBroken ? void reply.writeHead(500).end() : { tools: [] }),
    });
    const bounds = { backoffMinMs: 20, backoffMaxMs: 20 };
    const registered = link(server.url, {}, bounds);
    const named = link(server.url, { source: 'request' }, bounds);
    await failure(registered.listTools(never));
    await failure(named.listTools(never));
    isBroken = false;
    await expect.poll(() => registered.state.status).toBe('connected');
    expect(named.state.status).toBe('failing');
  });

  it('that drops a call fails that call, and no other', async () => {
    const server = await own({
      'tools/call': ({ params }, reply) => {
        if (params?.name !== 'drop') return { content: [{ type: 'text', text: 'fine' }] };
        reply
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write('id: 1\ndata: {"jsonrpc":"2.0","me');
        setImmediate(() => reply.destroy());
        return undefined;
      },
    });
    const connected = link(server.url);
    const dropped = failure(connected.call({ ...echo, name: 'drop' }, never));
    const other = connected.call(echo, never);
    expect((await dropped).message).toBe('The server dropped the connection before it answered.');
    expect(resultText(await other)).toBe('fine');
    expect(resultText(await connected.call(echo, never))).toBe('fine');
  });

  it('that answers with an error is quoted, cleaned', async () => {
    const error = { code: -32602, message: `no city\u001b[31m${'!'.repeat(5000)}` };
    const server = await own({
      'tools/call': ({ id }, reply) =>
        void reply
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ jsonrpc: '2.0', id, error })),
    });
    const refusal = await failure(link(server.url).call(echo, never));
    expect(refusal.code).toBe('invalid_request');
    expect(refusal.message).toMatch(/^The server refuses: no city\[31m!+…$/);
    expect(refusal.message.length).toBeLessThan(1100);
  });

  it('that sends an endless event is cut off', async () => {
    const server = await own({ listen: () => null });
    const connected = link(server.url, {}, { answerBytesMax: 50_000 });
    await connected.listTools(never);
    await expect.poll(() => server.listeners.length).toBe(1);
    const [stream] = server.listeners;
    const ended = new Promise((resolve) => stream?.once('close', resolve));
    stream?.write(`data: ${'x'.repeat(60_000)}`);
    await ended;
    expect(resultText(await connected.call(echo, never))).toBe('{"n":1}');
  });

  it('that sends requests to its client is refused, a bounded number of times', async () => {
    const server = await own({ listen: () => null });
    const connected = link(server.url);
    await connected.listTools(never);
    await expect.poll(() => server.listeners.length).toBe(1);
    server.send({
      jsonrpc: '2.0',
      id: 7,
      method: 'sampling/createMessage',
      params: { messages: [], maxTokens: 1 },
    });
    await expect
      .poll(() => server.messages.filter(({ id, method }) => id === 7 && method === undefined).length)
      .toBe(1);
  });

  it('that points to another host, over SSE, is not followed', async () => {
    const elsewhere = await startWeb({});
    closers.push(() => elsewhere.close());
    const sly = await startWeb({
      '/sse': (_request, reply) =>
        void reply
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write(`event: endpoint\ndata: ${elsewhere.url}/message\n\n`),
    });
    closers.push(() => sly.close());
    await failure(link(`${sly.url}/sse`, { transport: 'sse', ...quick }).listTools(never));
    expect(elsewhere.requests).toEqual([]);
  });

  it('that never names its endpoint, over SSE, is given up in time', async () => {
    const silent = await startWeb({
      '/sse': (_request, reply) =>
        void reply.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    });
    closers.push(() => silent.close());
    const timeout = await failure(link(`${silent.url}/sse`, { transport: 'sse', ...quick }).listTools(never));
    expect(timeout.message).toBe('The server did not answer within 0.3 s.');
  });
});

function status(code: number): Answer {
  return (_message, reply) => void reply.writeHead(code).end('secret of the inside');
}

function body(type: string, text: string): Answer {
  return (_message, reply) => void reply.writeHead(200, { 'content-type': type }).end(text);
}

function redirect(location: string): Answer {
  return (_message, reply) => void reply.writeHead(307, { location }).end();
}
