import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import { MemoryBus } from './memory-bus.ts';
import { BusServer } from './bus-server.ts';
import { Answers } from './decorators.ts';
import { count, double, natsEnd, natsEnds, never, noted, serve } from './testing/bus-parts.ts';

describe('an end of the bus over memory that stops', () => {
  it('lets the request at work finish, and refuses the next one as not begun', async () => {
    const client = new MemoryBus();
    const host = client.otherEnd();
    const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()];
    await serve(host, {
      double: () => {
        begun.resolve();
        return finish.promise;
      },
    });
    const answer = client.call(double, { value: 1 }, 2_000);
    await begun.promise;
    const stopped = host.stopHandling(10_000);
    await expect(client.call(double, { value: 2 }, 2_000)).rejects.toMatchObject({ unanswered: 'not_begun' });
    finish.resolve(2);
    expect(await answer).toBe(2);
    await stopped;
  });

  it('aborts the stream at work when its grace is over', async () => {
    const client = new MemoryBus();
    const host = client.otherEnd();
    await serve(host, {
      count: async function* (_request, { signal }) {
        yield [1];
        await new Promise((end) => signal.addEventListener('abort', end));
      },
    });
    const chunks = client.stream(count, { to: 9 }, never)[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toEqual([1]);
    const next = chunks.next();
    await host.stopHandling(1);
    await expect(next).rejects.toMatchObject({ code: 'unavailable', unanswered: 'unknown' });
  });

  it('leaves the handlers and subscriptions of other ends alone', async () => {
    const client = new MemoryBus();
    const [host, other] = [client.otherEnd(), client.otherEnd()];
    await serve(host, { double: async ({ value }) => value * 2 });
    const received: string[] = [];
    client.subscribe(noted, (_payload, id) => received.push(`client ${id}`));
    other.subscribe(noted, (_payload, id) => received.push(`other ${id}`));
    await other.close();
    expect(await client.call(double, { value: 2 }, 2_000)).toBe(4);
    client.publish(noted, { loud: true }, 'resp_1');
    await Promise.resolve();
    expect(received).toEqual(['client resp_1']);
  });
});

describe('declared handlers', () => {
  it('are refused where two answer the same request', () => {
    const server = new BusServer(new MemoryBus(), createLogger('test', 'silent'));
    const handler = async () => 1;
    server.addHandler(double.subject, handler, false, { contract: double });
    expect(() => server.addHandler(double.subject, handler, false, { contract: double })).toThrow(
      `two handlers answer ${double.subject}`,
    );
  });

  it('are checked against their contract at compile time', () => {
    class Wrong {
      // @ts-expect-error the request has no `text`
      @Answers(double)
      async text({ text }: { text: string }): Promise<number> {
        return text.length;
      }

      // @ts-expect-error the reply is a number
      @Answers(double)
      async words(_request: { value: number }): Promise<string> {
        return 'two';
      }

      // @ts-expect-error a stream is answered with an AsyncIterable
      @Answers(count)
      async list(_request: { to: number }): Promise<number[]> {
        return [1];
      }
    }
    expect(Wrong).toBeDefined();
  });
});

describe('a host that stops, over NATS', () => {
  it('answers the requests sent before, and leaves the rest to other instances', async () => {
    const [client, host] = await natsEnds();
    const other = await natsEnd(256);
    let stopped: Promise<void> | undefined;
    let isStopped = false;
    await serve(host, {
      double: async ({ value }) => {
        expect(isStopped).toBe(false);
        stopped ??= host.stopHandling(2_000).then(() => void (isStopped = true));
        return value * 2;
      },
    });
    await serve(other, { double: async ({ value }) => value * 2 });
    const values = Array.from({ length: 200 }, (_, i) => i);
    const ask = (value: number) => client.call(double, { value }, 2_000);
    expect(await Promise.all(values.map(ask))).toEqual(values.map((value) => value * 2));
    await stopped;
    expect(await Promise.all(values.map(ask))).toEqual(values.map((value) => value * 2));
  });
});
