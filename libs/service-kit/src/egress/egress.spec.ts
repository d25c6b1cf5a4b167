import type { RequestListener } from 'node:http';
import type { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import type { EgressStreamRequest } from './egress.ts';
import { bounds, egress, failure, never, serve } from '../testing/egress-parts.ts';

describe('bounds', () => {
  const zeros = Buffer.alloc(20_000_000);

  it.each([
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
    ['identity', zeros],
  ])('counts decoded bytes of %s, and hangs up', async (encoding, body) => {
    const server = await serve((_request, reply) =>
      reply.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    const error = await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never));
    expect(error).toMatchObject({ code: 'payload_too_large', message: 'The answer is larger than 1 MB.' });
  });

  it('counts the encoded bytes of an endless body that decodes to nothing', async () => {
    const emptyBlocks = Buffer.alloc(5 * 10_000, Buffer.from([0, 0, 0, 0xff, 0xff]));
    const server = await serve((_request, reply) => {
      reply.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync('').subarray(0, 10));
      const flood = () => {
        while (reply.write(emptyBlocks));
      };
      reply.on('drain', flood).on('error', () => undefined);
      flood();
    });
    const out = egress({ hosts: ['127.0.0.1'] });
    const tooLarge = { code: 'payload_too_large', message: 'The answer is larger than 1 MB.' };
    expect(await failure(out.fetch(server.url, bounds, never))).toMatchObject(tooLarge);
  });

  it.each([
    ['gzip', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['br', brotliCompressSync('hello')],
    ['ZSTD', zstdCompressSync('hello')],
    ['gzip, br', brotliCompressSync(gzipSync('hello'))],
  ])('decodes %s', async (encoding, body) => {
    const server = await serve((_request, reply) =>
      reply.writeHead(404, { 'content-encoding': encoding }).end(body),
    );
    const answer = await egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never);
    expect([answer.status, answer.body.toString()]).toEqual([404, 'hello']);
  });

  it.each([
    ['gzip', 'not gzip at all'],
    ['compress', 'x'],
    ['gzip, gzip, gzip', 'x'],
  ])('tells a body that is not %s', async (encoding, body) => {
    const server = await serve((_request, reply) =>
      reply.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    expect((await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never))).code).toBe(
      'unavailable',
    );
  });

  it('ends a body that arrives too slowly', async () => {
    const server = await serve((_request, reply) => void reply.writeHead(200).write('a'));
    const closed = new Promise((resolve) =>
      server.server.on('connection', (socket) => socket.on('close', resolve)),
    );
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, { ...bounds, timeoutMs: 150 }, never),
    );
    expect(error).toMatchObject({ code: 'unavailable', message: 'The server did not answer within 0.15 s.' });
    await closed;
  });

  it.each([
    ['before the head', () => undefined],
    ['within the body', (reply: Parameters<RequestListener>[1]) => void reply.writeHead(200).write('a')],
  ])('an abort %s closes the socket', async (_when, answer) => {
    const aborter = new AbortController();
    const server = await serve((_request, reply) => {
      answer(reply);
      setImmediate(() => aborter.abort());
    });
    const closed = new Promise((resolve) =>
      server.server.on('connection', (socket) => socket.on('close', resolve)),
    );
    const error = await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, aborter.signal));
    expect(error.code).toBe('cancelled');
    await closed;
  });

  it('does not start an aborted request', async () => {
    const server = await serve((_request, reply) => reply.end());
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, AbortSignal.abort()),
    );
    expect([error.code, server.requests.length]).toEqual(['cancelled', 0]);
  });

  it('leaves a body unread when its head is refused', async () => {
    const server = await serve(
      (_request, reply) => void reply.writeHead(200, { 'content-type': 'video/mp4' }).write('a'),
    );
    const closed = new Promise((resolve) =>
      server.server.on('connection', (socket) => socket.on('close', resolve)),
    );
    const checkHead = ({ headers }: { headers: Headers }) => {
      throw new AppError('unsupported_media_type', `${headers.get('content-type')} is not read`);
    };
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, { ...bounds, checkHead }, never),
    );
    expect(error.message).toBe('video/mp4 is not read');
    await closed;
  });
});

describe('requests', () => {
  it('carry method, headers and body', async () => {
    const server = await serve((request, reply) => void request.pipe(reply));
    const out = egress({ hosts: ['127.0.0.1'] });
    const headers = { 'X-Test': 'ü', 'Idempotency-Key': 'k' };
    const answer = await out.fetch(
      `${server.url}/a%20b?c=d#e`,
      { ...bounds, method: 'put', body: 'hällo', headers },
      never,
    );
    expect(answer.body.toString()).toBe('hällo');
    expect(server.requests[0]).toMatchObject({ method: 'PUT', url: '/a%20b?c=d' });
    expect(server.requests[0]?.headers).toMatchObject({ 'idempotency-key': 'k', 'user-agent': 'Antiphon' });
  });

  it.each<Record<string, string>>([
    { Host: 'evil' },
    { 'Content-Length': '3' },
    { 'Transfer-Encoding': 'chunked' },
    { 'a b': 'c' },
    { a: 'b\r\nc: d' },
  ])('refuse the headers %j', async (headers) => {
    const server = await serve((_request, reply) => reply.end());
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, { ...bounds, headers }, never),
    );
    expect([error.code, server.requests.length]).toEqual(['invalid_request', 0]);
  });

  it('report a missing server without details', async () => {
    const server = await serve((_request, reply) => reply.end());
    await new Promise((resolve) => server.server.close(resolve));
    const error = await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never));
    expect(error.toInfo()).toEqual({ code: 'unavailable', message: 'The server could not be reached.' });
  });

  it('fail cleanly where the server closes the connection within an answer', async () => {
    const server = await serve((_request, reply) => {
      reply.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => reply.destroy());
    });
    expect((await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never))).code).toBe(
      'unavailable',
    );
  });
});

describe('an answer as a stream', () => {
  const head: EgressStreamRequest = {
    headTimeoutMs: 20_000,
    silenceTimeoutMs: 20_000,
    decodedBytesMax: 1000,
  };
  const read = async (body: Readable) => {
    let text = '';
    for await (const chunk of body as AsyncIterable<Buffer>) text += chunk.toString();
    return text;
  };

  it('is returned before its body', async () => {
    let finish: () => void = () => undefined;
    const { url, port } = await serve((_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      finish = () => reply.end('data: 2\n\n');
    });
    const answer = await egress({ hosts: [`127.0.0.1:${port}`] }).stream(url, head, never);
    expect(answer.status).toBe(200);
    finish();
    expect(await read(answer.body)).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('is not requested from a refused address, and a redirect is not followed', async () => {
    const inside = await serve((_request, reply) => reply.end('secret'));
    expect(await failure(egress().stream(inside.url, head, never))).toMatchObject({
      code: 'invalid_request',
    });
    const { url, port } = await serve((_request, reply) =>
      reply.writeHead(302, { location: inside.url }).end(),
    );
    const answer = await egress({ hosts: [`127.0.0.1:${port}`] }).stream(url, head, never);
    expect(answer.status).toBe(302);
    answer.body.destroy();
    expect(inside.requests).toEqual([]);
  });

  it('has bounds for its decoded size and for its silence', async () => {
    const { url, port } = await serve((request, reply) => {
      if (request.url === '/zip')
        return reply.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)));
      return void reply.writeHead(200).write('x');
    });
    const out = egress({ hosts: [`127.0.0.1:${port}`] });
    const zipped = await out.stream(`${url}/zip`, head, never);
    await expect(read(zipped.body)).rejects.toMatchObject({ code: 'payload_too_large' });
    const silent = await out.stream(url, { ...head, silenceTimeoutMs: 50 }, never);
    await expect(read(silent.body)).rejects.toThrow();
  });

  it('ends when the response head is late, and when its signal aborts', async () => {
    const { url, port, server } = await serve((request, reply) => {
      if (request.url === '/begun') reply.writeHead(200).write('x');
    });
    const out = egress({ hosts: [`127.0.0.1:${port}`] });
    const late = await failure(out.stream(url, { ...head, headTimeoutMs: 50 }, never));
    expect(late).toMatchObject({ code: 'unavailable', message: 'The server did not answer within 0.05 s.' });
    const aborter = new AbortController();
    const waiting = failure(out.stream(url, head, aborter.signal));
    aborter.abort();
    expect((await waiting).code).toBe('cancelled');
    const reader = new AbortController();
    const begun = await out.stream(`${url}/begun`, head, reader.signal);
    reader.abort();
    await expect(read(begun.body)).rejects.toThrow();
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))))
      .toBe(0);
  });
});
