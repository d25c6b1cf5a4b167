import 'reflect-metadata';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { AppError, defineRpc, defineSignal, defineStream } from '@antiphon/contracts';
import { connect } from '@nats-io/transport-node';
import { Controller, Inject } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../telemetry/logger.ts';
import { MemoryBus } from './memory-bus.ts';
import { NatsBus } from './nats/nats-bus.ts';
import type { Bus, RequestHandler } from './bus.ts';
import type { RequestContext, SignalContext } from './bus-context.ts';
import { BusServer } from './bus-server.ts';
import { Answers, Subscribes } from './decorators.ts';

const Numbers = z.array(z.number());
const double = defineRpc({
  subject: 'test.double',
  request: z.object({ value: z.number() }),
  reply: z.number(),
});
const triple = defineRpc({
  subject: 'test.triple',
  isRepeatable: true,
  request: z.object({ value: z.number() }),
  reply: z.number(),
});
/** A chunk that ends in 0 is the last one. */
const count = defineStream({
  subject: 'test.count',
  request: z.object({ to: z.number() }),
  chunk: Numbers,
  isLast: (numbers) => numbers.length > 0 && numbers.at(-1) === 0,
});
const noted = defineSignal({ subject: 'test.noted.*', payload: z.object({ loud: z.boolean() }) });

const never = new AbortController().signal;
const gone = () => new AppError('cancelled', 'gone');

const natsUrl = process.env.TEST_NATS_URL ?? '';
const opened: Bus[] = [];
afterEach(async () => {
  for (const bus of opened.splice(0)) await bus.close();
});

interface Behaviour {
  double: RequestHandler<{ value: number }, number>;
  triple: RequestHandler<{ value: number }, number>;
  count: (request: { to: number }, context: RequestContext) => AsyncIterable<number[]>;
  noted: (payload: { loud: boolean }, context: SignalContext) => void;
}

@Controller()
class DoubleHandler {
  constructor(@Inject('double') private readonly run: Behaviour['double']) {}

  @Answers(double)
  double(request: { value: number }, context: RequestContext): Promise<number> {
    return this.run(request, context);
  }
}

@Controller()
class TripleHandler {
  constructor(@Inject('triple') private readonly run: Behaviour['triple']) {}

  @Answers(triple)
  triple(request: { value: number }, context: RequestContext): Promise<number> {
    return this.run(request, context);
  }
}

@Controller()
class CountHandler {
  constructor(@Inject('count') private readonly run: Behaviour['count']) {}

  @Answers(count)
  count(request: { to: number }, context: RequestContext): AsyncIterable<number[]> {
    return this.run(request, context);
  }
}

@Controller()
class NotedHandler {
  constructor(@Inject('noted') private readonly run: Behaviour['noted']) {}

  @Subscribes(noted)
  onNoted(payload: { loud: boolean }, context: SignalContext): void {
    this.run(payload, context);
  }
}

const controllers = {
  double: DoubleHandler,
  triple: TripleHandler,
  count: CountHandler,
  noted: NotedHandler,
};

/** Starts a Nest microservice on an end of the bus, with a controller for each behaviour. */
async function serve(bus: Bus, behaviours: Partial<Behaviour>): Promise<void> {
  const names = Object.keys(behaviours) as (keyof Behaviour)[]; // its own keys
  const module = {
    module: class TestModule {},
    controllers: names.map((name) => controllers[name]),
    providers: names.map((name) => ({ provide: name, useValue: behaviours[name] })),
  };
  const logger = createLogger('test', 'silent');
  const strategy = new BusServer(bus, logger);
  const service = await NestFactory.createMicroservice(module, { strategy, logger: false });
  await service.listen();
}

/** Two ends of one bus: the client's and the handlers'. */
async function natsEnds(window = 256): Promise<[Bus, Bus]> {
  return [await natsEnd(window), await natsEnd(window)];
}

async function natsEnd(window: number, url = natsUrl): Promise<Bus> {
  const connection = await connect({ servers: url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  const timing = { window, heartbeatMs: 50, silenceMaxMs: 200 };
  const bus = new NatsBus(connection, createLogger('test', 'silent'), timing);
  opened.push(bus);
  return bus;
}

interface Published {
  subject: string;
  body: string;
  headers: string[];
}

/** What all services publish while `work` runs, heartbeats left out. */
async function messagesOf(work: () => Promise<void>): Promise<Published[]> {
  const connection = await connect({ servers: natsUrl });
  const published: Published[] = [];
  connection.subscribe('>', {
    callback: (_error, message) => {
      const headers = message.headers?.keys() ?? [];
      if (message.data.length > 0 || headers.length > 0)
        published.push({ subject: message.subject, body: message.string(), headers });
    },
  });
  await connection.flush();
  await work();
  // What the other connections publish at the end has reached the server before the second flush returns.
  for (const bus of opened) await bus.ready();
  await connection.flush();
  await connection.close();
  return published;
}

async function memoryEnds(): Promise<[Bus, Bus]> {
  const bus = new MemoryBus();
  return [bus, bus.otherEnd()];
}

describe.each([
  ['NATS', natsEnds],
  ['memory', memoryEnds],
])('the bus over %s', (_transport, ends) => {
  it('answers calls, many at once, each with its own', async () => {
    const [client, host] = await ends();
    await serve(host, { double: async ({ value }) => value * 2 });
    const values = Array.from({ length: 100 }, (_, i) => i);
    const replies = await Promise.all(values.map((value) => client.call(double, { value }, 2_000)));
    expect(replies).toEqual(values.map((value) => value * 2));
  });

  it('carries an AppError across, with code, message and field', async () => {
    const [client, host] = await ends();
    await serve(host, {
      double: async () => {
        throw new AppError('rate_limited', 'slow down', { param: 'value', retryAfterMs: 1_500 });
      },
    });
    const error = await client.call(double, { value: 1 }, 2_000).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'rate_limited',
      message: 'slow down',
      param: 'value',
      retryAfterMs: 1_500,
    });
  });

  it('hides an unknown error', async () => {
    const [client, host] = await ends();
    await serve(host, {
      double: async () => {
        throw new Error('password=hunter2');
      },
    });
    await expect(client.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({
      code: 'internal',
      message: 'Internal error',
    });
  });

  it('passes the trace of a request to its handler', async () => {
    const [client, host] = await ends();
    const traces: unknown[] = [];
    await serve(host, {
      double: async ({ value }, { trace }) => {
        traces.push(trace);
        return value;
      },
    });
    await serve(host, {
      count: async function* (_request, { trace }) {
        traces.push(trace);
        yield [1];
      },
    });
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await client.call(double, { value: 1 }, 2_000);
    await client.call(double, { value: 1 }, 2_000, never, trace);
    for await (const chunk of client.stream(count, { to: 1 }, never, trace)) expect(chunk).toEqual([1]);
    expect(traces).toEqual([null, trace, trace]);
  });

  it('is unavailable when no service handles the request', async () => {
    const [client] = await ends();
    await expect(client.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({
      code: 'unavailable',
      unanswered: 'not_begun',
    });
    const chunks = client.stream(count, { to: 1 }, never)[Symbol.asyncIterator]();
    await expect(chunks.next()).rejects.toMatchObject({ code: 'unavailable', unanswered: 'not_begun' });
  });

  it('waits for a handler as long as the request allows', async () => {
    const [client, host] = await ends();
    const answer = client.call(double, { value: 2 }, { timeoutMs: 2_000, waitMs: 10_000 });
    const chunks = client.stream(count, { to: 1 }, never, null, 10_000)[Symbol.asyncIterator]();
    const first = chunks.next();
    await host.ready();
    let asked = 0;
    await serve(host, { double: async ({ value }) => (asked++, value * 2) });
    await serve(host, {
      count: async function* () {
        yield [7];
      },
    });
    expect(await answer).toBe(4);
    expect(await first).toEqual({ done: false, value: [7] });
    expect((await chunks.next()).done).toBe(true);
    expect(asked).toBe(1);
  });

  it('stops waiting at the end of the time, or when its client has gone', async () => {
    const [client] = await ends();
    const time = { timeoutMs: 2_000, waitMs: 150 };
    await expect(client.call(double, { value: 1 }, time)).rejects.toMatchObject({ unanswered: 'not_begun' });
    const abort = new AbortController();
    const patient = { timeoutMs: 2_000, waitMs: 60_000 };
    const answer = client.call(double, { value: 1 }, patient, abort.signal);
    abort.abort(gone());
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('sends the request once where the handler replies with an error, also with the error of a nested request', async () => {
    const [client, host] = await ends();
    let asked = 0;
    await serve(host, {
      double: async () => {
        asked++;
        throw new AppError('unavailable', 'too much to do', { unanswered: 'not_begun' });
      },
    });
    const error = await client
      .call(double, { value: 1 }, { timeoutMs: 2_000, waitMs: 5_000 })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'unavailable', message: 'too much to do' });
    expect((error as AppError).unanswered).toBeUndefined();
    expect(asked).toBe(1);
  });

  it('repeats a request that a handler refuses to begin', async () => {
    const [client, host] = await ends();
    let asked = 0;
    await serve(host, {
      double: async ({ value }) => {
        if (asked++ === 0) throw new AppError('unavailable', 'too much to do', { unanswered: 'refused' });
        return value * 2;
      },
    });
    await expect(client.call(double, { value: 1 }, { timeoutMs: 2_000, waitMs: 10_000 })).resolves.toBe(2);
    asked = 0;
    await expect(client.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({
      message: 'too much to do',
      unanswered: 'not_begun',
    });
  });

  it('repeats an unanswered request only where it is repeatable', async () => {
    const [client, host] = await ends();
    const asked = { double: 0, triple: 0 };
    const secondTime = (times: number, answer: number) =>
      times > 1 ? Promise.resolve(answer) : new Promise<number>(() => undefined);
    await serve(host, { double: ({ value }) => secondTime(++asked.double, value * 2) });
    await serve(host, { triple: ({ value }) => secondTime(++asked.triple, value * 3) });
    const time = { timeoutMs: 50, waitMs: 10_000 };
    await expect(client.call(double, { value: 1 }, time)).rejects.toMatchObject({ unanswered: 'unknown' });
    expect(await client.call(triple, { value: 1 }, time)).toBe(3);
    expect(asked).toEqual({ double: 1, triple: 2 });
  });

  it('gives up on a handler that does not reply, and aborts its signal', async () => {
    const [client, host] = await ends();
    const aborted = Promise.withResolvers<unknown>();
    await serve(host, {
      double: async (_request, { signal }) => {
        signal.addEventListener('abort', aborted.resolve);
        return new Promise<number>(() => undefined);
      },
    });
    await expect(client.call(double, { value: 1 }, 50)).rejects.toMatchObject({
      code: 'unavailable',
      unanswered: 'unknown',
    });
    await aborted.promise;
  });

  it('streams bursts in order, to their end', async () => {
    const [client, host] = await ends();
    await serve(host, {
      count: async function* ({ to }) {
        for (let i = 0; i < to; i += 2) yield [i, i + 1];
      },
    });
    const seen: number[] = [];
    for await (const chunk of client.stream(count, { to: 2_000 }, never)) seen.push(...chunk);
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  });

  it('ends a stream with the error of its handler, after the earlier chunks', async () => {
    const [client, host] = await ends();
    await serve(host, {
      count: async function* () {
        yield [1];
        throw new AppError('model_error', 'broken');
      },
    });
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of client.stream(count, { to: 9 }, never)) seen.push(...chunk);
    };
    await expect(read()).rejects.toMatchObject({ code: 'model_error' });
    expect(seen).toEqual([1]);
  });

  it('reads what arrived while the process stood still for longer than a handler may be silent', async () => {
    const [client, host] = await ends();
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

  it('delivers the chunks that arrived together with the error', async () => {
    const [client, host] = await ends();
    await serve(host, {
      count: async function* () {
        for (let i = 1; i <= 5; i++) yield [i];
        throw new AppError('model_error', 'broken');
      },
    });
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of client.stream(count, { to: 5 }, never)) {
        seen.push(...chunk);
        await host.ready();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'model_error' });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('yields nothing more to a consumer whose signal aborted', async () => {
    const [client, host] = await ends();
    await serve(host, {
      count: async function* () {
        for (let i = 1; i <= 5; i++) yield [i];
      },
    });
    const abort = new AbortController();
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of client.stream(count, { to: 5 }, abort.signal)) {
        seen.push(...chunk);
        await host.ready();
        abort.abort(gone());
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toEqual([1]);
  });

  it.each(['the signal', 'the end of the loop'])('stops the producer by %s', async (how) => {
    const [client, host] = await ends();
    const stopped = Promise.withResolvers<unknown>();
    await serve(host, {
      count: async function* (_request, { signal }) {
        signal.addEventListener('abort', stopped.resolve);
        yield [1];
        await new Promise((end) => signal.addEventListener('abort', end));
      },
    });
    const abort = new AbortController();
    const read = async () => {
      for await (const chunk of client.stream(count, { to: 9 }, abort.signal)) {
        expect(chunk).toEqual([1]);
        if (how === 'the signal') abort.abort(gone());
        else break;
      }
    };
    if (how === 'the signal') await expect(read()).rejects.toMatchObject({ code: 'cancelled' });
    else await read();
    await stopped.promise;
  });

  it('delivers signals to declared handlers and to subscriptions, with the id', async () => {
    const [client, host] = await ends();
    const [declared, subscribed] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
    await serve(host, { noted: (payload, { id }) => declared.resolve({ payload, id }) });
    host.subscribe(noted, (payload, id) => subscribed.resolve({ payload, id }));
    await host.ready();
    client.publish(noted, { loud: true }, 'resp_1');
    expect(await declared.promise).toEqual({ payload: { loud: true }, id: 'resp_1' });
    expect(await subscribed.promise).toEqual({ payload: { loud: true }, id: 'resp_1' });
    expect(() => client.publish(noted, { loud: true }, 'a.*')).toThrow('needs an id');
  });

  it('continues to deliver signals after a handler failed', async () => {
    const [client, host] = await ends();
    const received: (string | null)[] = [];
    const both = Promise.withResolvers<void>();
    await serve(host, {
      noted: (_payload, { id }) => {
        received.push(id);
        if (received.length === 2) both.resolve();
        throw new Error('broken');
      },
    });
    for (const id of ['resp_1', 'resp_2']) client.publish(noted, { loud: true }, id);
    await both.promise;
    expect(received).toEqual(['resp_1', 'resp_2']);
  });

  it('delivers the signals of one id to its subscription until that ends', async () => {
    const [client, host] = await ends();
    const received: string[] = [];
    const all = Promise.withResolvers<void>();
    const stop = host.subscribe(noted, (_payload, id) => received.push(`one ${id}`), 'resp_1');
    host.subscribe(noted, (_payload, id) => {
      received.push(`all ${id}`);
      if (id === 'resp_2') stop();
      if (id === 'resp_3') all.resolve();
    });
    await host.ready();
    for (const id of ['resp_1', 'resp_2']) client.publish(noted, { loud: true }, id);
    await expect.poll(() => received.length).toBe(3);
    await host.ready();
    for (const id of ['resp_1', 'resp_3']) client.publish(noted, { loud: true }, id);
    await all.promise;
    expect(received.sort()).toEqual(['all resp_1', 'all resp_1', 'all resp_2', 'all resp_3', 'one resp_1']);
  });
});

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
      'two handlers answer test.double',
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

describe('a call over NATS', () => {
  it('survives a silent handler, and fails as possibly begun where its handler is gone', async () => {
    const [client, host] = await natsEnds();
    const begun = Promise.withResolvers<void>();
    await serve(host, {
      double: () => {
        begun.resolve();
        return new Promise<number>(() => undefined);
      },
    });
    const answer = client.call(double, { value: 1 }, { timeoutMs: 60_000, waitMs: 60_000 });
    answer.catch(() => undefined); // looked at below
    await begun.promise;
    const outcome = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 400, 'alive'))]);
    expect(outcome).toBe('alive');
    opened.splice(opened.indexOf(host), 1);
    await host.close();
    await expect(answer).rejects.toMatchObject({ code: 'unavailable', unanswered: 'unknown' });
  });

  it('may have begun where a service that stops ends its handler; later calls go to another instance', async () => {
    const [client, host] = await natsEnds();
    const begun = Promise.withResolvers<void>();
    await serve(host, {
      double: (_request, { signal }) => {
        begun.resolve();
        return new Promise<number>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('ended'))),
        );
      },
    });
    const patient = { timeoutMs: 60_000, waitMs: 60_000 };
    const answer = client.call(double, { value: 1 }, patient);
    answer.catch(() => undefined); // looked at below
    await begun.promise;
    await host.stopHandling(0);
    await expect(answer).rejects.toMatchObject({ unanswered: 'unknown' });
    const second = client.call(double, { value: 2 }, patient);
    const other = await natsEnd(256);
    await serve(other, { double: async ({ value }) => value * 2 });
    expect(await second).toBe(4);
  });

  it('has not begun while there is no connection, and is sent as soon as there is one', async () => {
    const relay = await NatsRelay.start();
    const client = await natsEnd(256, relay.url);
    const host = await natsEnd(256);
    await serve(host, { double: async ({ value }) => value * 2 });
    await relay.cut();
    await expect.poll(() => client.isConnected).toBe(false);
    await expect(client.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({ unanswered: 'not_begun' });
    const answer = client.call(double, { value: 2 }, { timeoutMs: 5_000, waitMs: 60_000 });
    await relay.mend();
    expect(await answer).toBe(4);
    await client.close();
    opened.splice(opened.indexOf(client), 1);
    await relay.cut();
  });
});

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
      { subject: 'test.count', body: '{"to":2}', headers: ['rpc-last-chunk', 'rpc-parts'] },
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
    expect(published.map(({ subject }) => subject)).not.toContain('test.count.cancel');
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
    connection.publish('test.count', '{"to":1}', { reply: '_INBOX.earlier' });
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

  it('survives a silent producer, and fails where its producer is gone', async () => {
    const [client, host] = await natsEnds();
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
      new Promise((resolve) => setTimeout(resolve, 400, 'alive')),
    ]);
    expect(outcome).toBe('alive');
    opened.splice(opened.indexOf(host), 1);
    await host.close();
    await expect(read).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives the replies of each service a subject that no other service can guess', async () => {
    const connection = await connect({ servers: natsUrl });
    const client = await natsEnd(256);
    const idOf = async (subject: string) => {
      const asked = Promise.withResolvers<string>();
      connection.subscribe(subject, { callback: (_error, { reply }) => asked.resolve(reply ?? '') });
      await connection.flush();
      const rpc = defineRpc({ subject, request: z.object({}), reply: z.number() });
      client.call(rpc, {}, 1).catch(() => undefined);
      return (await asked.promise).split('.')[2];
    };
    const ids = [await idOf('one.ask'), await idOf('two.ask'), await idOf('one.publish')];
    expect(ids[0]).toBe(ids[2]);
    expect(ids[0]?.slice(0, 8)).not.toBe(ids[1]?.slice(0, 8));
    await connection.close();
  });
});

/** A way to NATS that can be cut. */
class NatsRelay {
  private readonly sockets = new Set<Socket>();
  private port = 0;

  private readonly server = createServer((socket) => {
    const { hostname, port } = new URL(natsUrl);
    const onward = createConnection(Number(port), hostname);
    for (const end of [socket, onward]) {
      this.sockets.add(end);
      end.on('error', () => undefined); // one that was cut
    }
    socket.pipe(onward).pipe(socket);
  });

  static async start(): Promise<NatsRelay> {
    const relay = new NatsRelay();
    await relay.mend();
    return relay;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async mend(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port; // a server that listens on TCP has one
  }

  async cut(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await once(this.server, 'close');
  }
}
