import { describe, expect, it, onTestFinished } from 'vitest';
import { startWeb } from '../../testing/fake-web.ts';
import { resultText } from './call-result.ts';
import { type Answer, giveResult, plainTool } from '../testing/own-server.ts';
import { limits } from '../testing/pool.ts';
import { echo, failure, link, never, own, quick } from '../testing/server-links.ts';

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
    const server = await own({ 'tools/list': status(500) });
    const connected = link(server.url);
    await failure(connected.listTools(never));
    const asked = server.messages.length;
    const meanwhile = await failure(connected.listTools(never));
    expect(meanwhile.message).toMatch(/^The MCP server failed and is paused for \d+ s: .+ status 500\.$/);
    expect(server.messages.length).toBe(asked);
    expect(connected.state).toMatchObject({ status: 'failing' });
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
      'tools/list': (_message, reply) =>
        isBroken ? void reply.writeHead(500).end() : { tools: [plainTool('back')] },
    });
    const bounds = { backoffMinMs: 20, backoffMaxMs: 20 };
    const registered = link(server.url, {}, bounds);
    const named = link(server.url, { source: 'request' }, bounds);
    await failure(registered.listTools(never));
    await failure(named.listTools(never));
    isBroken = false;
    await expect.poll(() => registered.state).toMatchObject({ status: 'connected', error: null });
    expect((await registered.listTools(never)).tools.size).toBe(1);
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
    onTestFinished(() => elsewhere.close());
    const sly = await startWeb({
      '/sse': (_request, reply) =>
        void reply
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write(`event: endpoint\ndata: ${elsewhere.url}/message\n\n`),
    });
    onTestFinished(() => sly.close());
    await failure(link(`${sly.url}/sse`, { transport: 'sse', ...quick }).listTools(never));
    expect(elsewhere.requests).toEqual([]);
  });

  it('that never names its endpoint, over SSE, is given up in time', async () => {
    const silent = await startWeb({
      '/sse': (_request, reply) =>
        void reply.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    });
    onTestFinished(() => silent.close());
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
