import 'reflect-metadata';
import { defineRpc } from '@antiphon/contracts';
import { connect } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  closeEnd,
  count,
  messagesOf,
  natsEnd,
  natsEnds,
  natsUrl,
  never,
  serve,
} from '../testing/bus-parts.ts';

describe('a stream over NATS', () => {
  it('keeps the producer within the window', async () => {
    const [client, host] = await natsEnds(8);
    let produced = 0;
    await serve(host, {
      count: async function* () {
        while (produced < 100) yield [++produced];
      },
    });
    const seen: number[] = [];
    for await (const chunk of client.stream(count, { to: 100 }, never)) {
      seen.push(...chunk);
      expect(produced).toBeLessThanOrEqual(seen.length + 8);
    }
    expect(seen).toHaveLength(100);
  });

  it('sends the last chunk and the end in one message, and no cancellation', async () => {
    const [client, host] = await natsEnds();
    await serve(host, {
      count: async function* () {
        yield [1];
        yield [2, 0];
      },
    });
    const published = await messagesOf(async () => {
      for await (const chunk of client.stream(count, { to: 2 }, never)) expect(chunk[0]).toBeGreaterThan(0);
    });
    expect(published.filter(({ subject }) => subject.startsWith('test.'))).toEqual([
      { subject: count.subject, body: '{"to":2}', headers: ['rpc-last-chunk', 'rpc-parts'] },
    ]);
    expect(published.filter(({ body }) => body.startsWith('['))).toMatchObject([
      { body: '[1]', headers: [] },
      { body: '[2,0]', headers: ['rpc-end'] },
    ]);
    expect(published).toHaveLength(3);
  });

  it('sends no cancellation where its consumer stops at the last chunk', async () => {
    const [client, host] = await natsEnds();
    await serve(host, {
      count: async function* () {
        yield [0];
      },
    });
    const published = await messagesOf(async () => {
      for await (const chunk of client.stream(count, { to: 1 }, never)) {
        expect(chunk).toEqual([0]);
        break;
      }
    });
    expect(published.map(({ subject }) => subject)).not.toContain(`${count.subject}.cancel`);
  });

  it('ends with a separate message for a client without last chunks', async () => {
    const connection = await connect({ servers: natsUrl });
    const host = await natsEnd(256);
    await serve(host, {
      count: async function* () {
        yield [0];
      },
    });
    const replies: string[] = [];
    const ended = Promise.withResolvers<void>();
    connection.subscribe('_INBOX.earlier', {
      callback: (_error, message) => {
        if (message.headers?.has('rpc-end')) ended.resolve();
        replies.push(message.string());
      },
    });
    connection.publish(count.subject, '{"to":1}', { reply: '_INBOX.earlier' });
    await ended.promise;
    expect(replies).toEqual(['[0]', '']);
    await connection.close();
  });

  it('fails where its chunks do not fit the contract, and stops the producer', async () => {
    const [client, host] = await natsEnds();
    const stopped = Promise.withResolvers<unknown>();
    await serve(host, {
      count: async function* (_request, { signal }) {
        signal.addEventListener('abort', stopped.resolve);
        yield ['one'] as unknown as number[];
        await stopped.promise;
      },
    });
    const stream = client.stream(count, { to: 1 }, never)[Symbol.asyncIterator]();
    await expect(stream.next()).rejects.toMatchObject({ code: 'internal' });
    await stopped.promise;
  });

  it('reads what arrived while the process stood still for longer than a handler may be silent', async () => {
    const [client, host] = await natsEnds(256, 200);
    await serve(host, {
      count: async function* () {
        yield [1];
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500); // stops the only thread of both ends
        yield [2];
      },
    });
    const seen: number[] = [];
    for await (const chunk of client.stream(count, { to: 9 }, never)) seen.push(...chunk);
    expect(seen).toEqual([1, 2]);
  });

  it('survives a silent producer, and fails where its producer is gone', async () => {
    const [client, host] = await natsEnds(256, 500);
    let reached: (signal: AbortSignal) => void = () => undefined;
    const silent = new Promise<AbortSignal>((resolve) => (reached = resolve));
    await serve(host, {
      count: async function* (_request, { signal }) {
        yield [1];
        reached(signal);
        await new Promise((end) => signal.addEventListener('abort', end));
      },
    });
    const read = (async () => {
      for await (const chunk of client.stream(count, { to: 1 }, never)) expect(chunk).toEqual([1]);
    })();
    await silent;
    const outcome = await Promise.race([
      read.catch((e: unknown) => e),
      new Promise((resolve) => setTimeout(resolve, 800, 'alive')),
    ]);
    expect(outcome).toBe('alive');
    await closeEnd(host);
    await expect(read).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives the replies of each service a subject that no other service can guess', async () => {
    const connection = await connect({ servers: natsUrl });
    const client = await natsEnd(256);
    const idOf = async (subject: string) => {
      const replySubject = Promise.withResolvers<string>();
      connection.subscribe(subject, { callback: (_error, { reply }) => replySubject.resolve(reply ?? '') });
      await connection.flush();
      const rpc = defineRpc({ subject, request: z.object({}), reply: z.number() });
      client.call(rpc, {}, 1).catch(() => undefined);
      return (await replySubject.promise).split('.')[2];
    };
    const ids = [await idOf('one.ask'), await idOf('two.ask'), await idOf('one.publish')];
    expect(ids[0]).toBe(ids[2]);
    expect(ids[0]?.slice(0, 8)).not.toBe(ids[1]?.slice(0, 8));
    await connection.close();
  });
});
