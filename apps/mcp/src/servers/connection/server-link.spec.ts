import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resultText } from './call-result.ts';
import type { McpServer } from '../registry/server.ts';
import { plainTool } from '../testing/own-server.ts';
import { poolTo, serverAt } from '../testing/pool.ts';
import { echo, failure, link, never, own, quick } from '../testing/server-links.ts';

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
    onTestFinished(() => pool.onModuleDestroy());
    const description = serverAt(server.url);
    await pool.linkTo(description).listTools(never);
    await expect.poll(() => pool.stateOf(description).status).toBe('unknown');
    expect((await pool.linkTo(description).listTools(never)).tools.size).toBe(1);
  });

  it('that was changed gets a new connection, and the old one ends', async () => {
    const server = await own({});
    const pool = poolTo(server.url);
    onTestFinished(() => pool.onModuleDestroy());
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
    onTestFinished(() => pool.onModuleDestroy());
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
