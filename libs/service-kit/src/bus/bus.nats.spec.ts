import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { AppError, defineRpc, defineSignal, defineStream } from '@antiphon/contracts';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../telemetry/logger.ts';
import { MemoryRpcBus } from './memory-bus.ts';
import { NatsRpcBus } from './nats/nats-bus.ts';
import type { RpcBus } from './bus.ts';

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
const count = defineStream({ subject: 'test.count', request: z.object({ to: z.number() }), chunk: Numbers });
const rang = defineSignal({ subject: 'test.rang.*', payload: z.object({ loud: z.boolean() }) });

const never = new AbortController().signal;
const gone = () => new AppError('cancelled', 'gone');

const natsUrl = process.env.TEST_NATS_URL ?? '';
const opened: RpcBus[] = [];
afterEach(async () => {
  for (const bus of opened.splice(0)) await bus.close();
});

/** Two ends of one bus: who asks and who answers. */
async function natsEnds(window = 256): Promise<[RpcBus, RpcBus]> {
  return [await natsEnd(window), await natsEnd(window)];
}

async function natsEnd(window: number, url = natsUrl): Promise<RpcBus> {
  const connection = await connect({ servers: url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  const timing = { window, heartbeatMs: 50, silenceMaxMs: 200 };
  const bus = new NatsRpcBus(connection, createLogger('test', 'silent'), timing);
  opened.push(bus);
  return bus;
}

async function memoryEnds(): Promise<[RpcBus, RpcBus]> {
  const bus = new MemoryRpcBus();
  return [bus, bus];
}

describe.each([
  ['NATS', natsEnds],
  ['memory', memoryEnds],
])('RpcBus over %s', (_transport, ends) => {
  it('answers calls, many at once, each with its own', async () => {
    const [asker, host] = await ends();
    host.handle(double, async ({ value }) => value * 2);
    await host.ready();
    const values = Array.from({ length: 100 }, (_, i) => i);
    const replies = await Promise.all(values.map((value) => asker.call(double, { value }, 2_000)));
    expect(replies).toEqual(values.map((value) => value * 2));
  });

  it('carries an AppError across, with code, message and field', async () => {
    const [asker, host] = await ends();
    host.handle(double, async () => {
      throw new AppError('rate_limited', 'slow down', { param: 'value', retryAfterMs: 1_500 });
    });
    await host.ready();
    const error = await asker.call(double, { value: 1 }, 2_000).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'rate_limited',
      message: 'slow down',
      param: 'value',
      retryAfterMs: 1_500,
    });
  });

  it('shows nothing of an error it does not know', async () => {
    const [asker, host] = await ends();
    host.handle(double, async () => {
      throw new Error('password=hunter2');
    });
    await host.ready();
    await expect(asker.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({
      code: 'internal',
      message: 'Internal error',
    });
  });

  it('says to which trace a question belongs, where it belongs to one', async () => {
    const [asker, host] = await ends();
    const traces: unknown[] = [];
    host.handle(double, async ({ value }, _signal, trace) => {
      traces.push(trace);
      return value;
    });
    host.handleStream(count, async function* (_request, _signal, trace) {
      traces.push(trace);
      yield [1];
    });
    await host.ready();
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await asker.call(double, { value: 1 }, 2_000);
    await asker.call(double, { value: 1 }, 2_000, never, trace);
    for await (const chunk of asker.stream(count, { to: 1 }, never, trace)) expect(chunk).toEqual([1]);
    expect(traces).toEqual([null, trace, trace]);
  });

  it('is unavailable when nobody handles the question', async () => {
    const [asker] = await ends();
    await expect(asker.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({
      code: 'unavailable',
      unanswered: 'not_begun',
    });
    const chunks = asker.stream(count, { to: 1 }, never)[Symbol.asyncIterator]();
    await expect(chunks.next()).rejects.toMatchObject({ code: 'unavailable', unanswered: 'not_begun' });
  });

  it('waits for a handler as long as the question allows', async () => {
    const [asker, host] = await ends();
    const answer = asker.call(double, { value: 2 }, { timeoutMs: 2_000, waitMs: 10_000 });
    const chunks = asker.stream(count, { to: 1 }, never, null, 10_000)[Symbol.asyncIterator]();
    const first = chunks.next();
    await host.ready();
    let asked = 0;
    host.handle(double, async ({ value }) => (asked++, value * 2));
    host.handleStream(count, async function* () {
      yield [7];
    });
    expect(await answer).toBe(4);
    expect(await first).toEqual({ done: false, value: [7] });
    expect((await chunks.next()).done).toBe(true);
    expect(asked).toBe(1);
  });

  it('waits no longer than the question allows, or its asker is there', async () => {
    const [asker] = await ends();
    const time = { timeoutMs: 2_000, waitMs: 150 };
    await expect(asker.call(double, { value: 1 }, time)).rejects.toMatchObject({ unanswered: 'not_begun' });
    const abort = new AbortController();
    const patient = { timeoutMs: 2_000, waitMs: 60_000 };
    const answer = asker.call(double, { value: 1 }, patient, abort.signal);
    abort.abort(gone());
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('asks once where the handler answers with an error, also one about a question of its own', async () => {
    const [asker, host] = await ends();
    let asked = 0;
    host.handle(double, async () => {
      asked++;
      throw new AppError('unavailable', 'too much to do', { unanswered: 'not_begun' });
    });
    await host.ready();
    const error = await asker
      .call(double, { value: 1 }, { timeoutMs: 2_000, waitMs: 5_000 })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'unavailable', message: 'too much to do' });
    expect((error as AppError).unanswered).toBeUndefined();
    expect(asked).toBe(1);
  });

  it('asks again what a handler refuses to begin', async () => {
    const [asker, host] = await ends();
    let asked = 0;
    host.handle(double, async ({ value }) => {
      if (asked++ === 0) throw new AppError('unavailable', 'too much to do', { unanswered: 'refused' });
      return value * 2;
    });
    await host.ready();
    await expect(asker.call(double, { value: 1 }, { timeoutMs: 2_000, waitMs: 10_000 })).resolves.toBe(2);
    asked = 0;
    await expect(asker.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({
      message: 'too much to do',
      unanswered: 'not_begun',
    });
  });

  it('asks again what was not answered only where that does no harm', async () => {
    const [asker, host] = await ends();
    const asked = { double: 0, triple: 0 };
    const secondTime = (times: number, answer: number) =>
      times > 1 ? Promise.resolve(answer) : new Promise<number>(() => undefined);
    host.handle(double, ({ value }) => secondTime(++asked.double, value * 2));
    host.handle(triple, ({ value }) => secondTime(++asked.triple, value * 3));
    await host.ready();
    const time = { timeoutMs: 50, waitMs: 10_000 };
    await expect(asker.call(double, { value: 1 }, time)).rejects.toMatchObject({ unanswered: 'unknown' });
    expect(await asker.call(triple, { value: 1 }, time)).toBe(3);
    expect(asked).toEqual({ double: 1, triple: 2 });
  });

  it('gives up on a handler that does not answer, and tells it', async () => {
    const [asker, host] = await ends();
    const told = new Promise((resolve) => {
      host.handle(double, async (_request, signal) => {
        signal.addEventListener('abort', resolve);
        return new Promise<number>(() => undefined);
      });
    });
    await host.ready();
    await host.ready();
    await expect(asker.call(double, { value: 1 }, 50)).rejects.toMatchObject({
      code: 'unavailable',
      unanswered: 'unknown',
    });
    await told;
  });

  it('streams bursts in order, to their end', async () => {
    const [asker, host] = await ends();
    host.handleStream(count, async function* ({ to }) {
      for (let i = 0; i < to; i += 2) yield [i, i + 1];
    });
    await host.ready();
    const seen: number[] = [];
    for await (const chunk of asker.stream(count, { to: 2_000 }, never)) seen.push(...chunk);
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  });

  it('ends a stream with the error of its handler, after what came before', async () => {
    const [asker, host] = await ends();
    host.handleStream(count, async function* () {
      yield [1];
      throw new AppError('model_error', 'broken');
    });
    await host.ready();
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of asker.stream(count, { to: 9 }, never)) seen.push(...chunk);
    };
    await expect(read()).rejects.toMatchObject({ code: 'model_error' });
    expect(seen).toEqual([1]);
  });

  it('hands out the chunks that arrived together with the error', async () => {
    const [asker, host] = await ends();
    host.handleStream(count, async function* () {
      for (let i = 0; i < 5; i++) yield [i];
      throw new AppError('model_error', 'broken');
    });
    await host.ready();
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of asker.stream(count, { to: 5 }, never)) {
        seen.push(...chunk);
        await host.ready();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'model_error' });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives nothing more to a consumer that was told to stop', async () => {
    const [asker, host] = await ends();
    host.handleStream(count, async function* () {
      for (let i = 0; i < 5; i++) yield [i];
    });
    await host.ready();
    const abort = new AbortController();
    const seen: number[] = [];
    const read = async () => {
      for await (const chunk of asker.stream(count, { to: 5 }, abort.signal)) {
        seen.push(...chunk);
        await host.ready();
        abort.abort(gone());
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toEqual([0]);
  });

  it.each(['the signal', 'the end of the loop'])('stops the producer by %s', async (how) => {
    const [asker, host] = await ends();
    const stopped = new Promise((resolve) => {
      host.handleStream(count, async function* (_request, signal) {
        signal.addEventListener('abort', resolve);
        yield [1];
        await new Promise((end) => signal.addEventListener('abort', end));
      });
    });
    await host.ready();
    await host.ready();
    const abort = new AbortController();
    const read = async () => {
      for await (const chunk of asker.stream(count, { to: 9 }, abort.signal)) {
        expect(chunk).toEqual([1]);
        if (how === 'the signal') abort.abort(gone());
        else break;
      }
    };
    if (how === 'the signal') await expect(read()).rejects.toMatchObject({ code: 'cancelled' });
    else await read();
    await stopped;
  });

  it('tells signals to every listener, with the id', async () => {
    const [asker, host] = await ends();
    const heard = new Promise((resolve) => host.listen(rang, (payload, id) => resolve({ payload, id })));
    await host.ready();
    asker.tell(rang, { loud: true }, 'resp_1');
    expect(await heard).toEqual({ payload: { loud: true }, id: 'resp_1' });
    expect(() => asker.tell(rang, { loud: true }, 'a.*')).toThrow('needs an id');
  });

  it('tells of one id only who listens for that one, until it stops', async () => {
    const [asker, host] = await ends();
    const heard: string[] = [];
    const all = Promise.withResolvers<void>();
    const stop = host.listen(rang, (_payload, id) => heard.push(`one ${id}`), 'resp_1');
    host.listen(rang, (_payload, id) => {
      heard.push(`all ${id}`);
      if (id === 'resp_2') stop();
      if (id === 'resp_3') all.resolve();
    });
    await host.ready();
    for (const id of ['resp_1', 'resp_2']) asker.tell(rang, { loud: true }, id);
    await expect.poll(() => heard.length).toBe(3);
    await host.ready();
    for (const id of ['resp_1', 'resp_3']) asker.tell(rang, { loud: true }, id);
    await all.promise;
    expect(heard.sort()).toEqual(['all resp_1', 'all resp_1', 'all resp_2', 'all resp_3', 'one resp_1']);
  });
});

describe('a host that stops, over NATS', () => {
  it('answers what was sent to it before, and leaves the rest to the others', async () => {
    const [asker, host] = await natsEnds();
    const other = await natsEnd(256);
    let stopped: Promise<void> | undefined;
    let isStopped = false;
    host.handle(double, async ({ value }) => {
      expect(isStopped).toBe(false);
      stopped ??= host.stopHandling(2_000).then(() => void (isStopped = true));
      return value * 2;
    });
    other.handle(double, async ({ value }) => value * 2);
    await Promise.all([host.ready(), other.ready()]);
    const values = Array.from({ length: 200 }, (_, i) => i);
    const ask = (value: number) => asker.call(double, { value }, 2_000);
    expect(await Promise.all(values.map(ask))).toEqual(values.map((value) => value * 2));
    await stopped;
    expect(await Promise.all(values.map(ask))).toEqual(values.map((value) => value * 2));
  });
});

describe('a call over NATS', () => {
  it('outlives a handler that is silent for long, and notices one that is gone: it may have begun', async () => {
    const [asker, host] = await natsEnds();
    const begun = Promise.withResolvers<void>();
    host.handle(double, () => {
      begun.resolve();
      return new Promise<number>(() => undefined);
    });
    await host.ready();
    const answer = asker.call(double, { value: 1 }, { timeoutMs: 60_000, waitMs: 60_000 });
    answer.catch(() => undefined); // looked at below
    await begun.promise;
    const outcome = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 400, 'alive'))]);
    expect(outcome).toBe('alive');
    opened.splice(opened.indexOf(host), 1);
    await host.close();
    await expect(answer).rejects.toMatchObject({ code: 'unavailable', unanswered: 'unknown' });
  });

  it('may have begun where its handler is ended by a service that stops, and goes to another instance after that', async () => {
    const [asker, host] = await natsEnds();
    const begun = Promise.withResolvers<void>();
    host.handle(double, (_request, signal) => {
      begun.resolve();
      return new Promise<number>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('ended'))),
      );
    });
    await host.ready();
    const patient = { timeoutMs: 60_000, waitMs: 60_000 };
    const answer = asker.call(double, { value: 1 }, patient);
    answer.catch(() => undefined); // looked at below
    await begun.promise;
    await host.stopHandling(0);
    await expect(answer).rejects.toMatchObject({ unanswered: 'unknown' });
    const second = asker.call(double, { value: 2 }, patient);
    const other = await natsEnd(256);
    other.handle(double, async ({ value }) => value * 2);
    expect(await second).toBe(4);
  });

  it('did not begin while there is no connection, and is asked once there is one', async () => {
    const relay = await NatsRelay.start();
    const asker = await natsEnd(256, relay.url);
    const host = await natsEnd(256);
    host.handle(double, async ({ value }) => value * 2);
    await host.ready();
    await relay.cut();
    await expect.poll(() => asker.isConnected).toBe(false);
    await expect(asker.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({ unanswered: 'not_begun' });
    const answer = asker.call(double, { value: 2 }, { timeoutMs: 5_000, waitMs: 60_000 });
    await relay.mend();
    expect(await answer).toBe(4);
    await asker.close();
    opened.splice(opened.indexOf(asker), 1);
    await relay.cut();
  });
});

describe('a stream over NATS', () => {
  it('lets the producer run no further ahead than the window', async () => {
    const [asker, host] = await natsEnds(8);
    let produced = 0;
    host.handleStream(count, async function* () {
      for (; produced < 100; produced++) yield [produced];
    });
    await host.ready();
    const seen: number[] = [];
    for await (const chunk of asker.stream(count, { to: 100 }, never)) {
      seen.push(...chunk);
      expect(produced).toBeLessThanOrEqual(seen.length + 8);
    }
    expect(seen).toHaveLength(100);
  });

  it('outlives a producer that is silent for long, and notices one that is gone', async () => {
    const [asker, host] = await natsEnds();
    let reached: (signal: AbortSignal) => void = () => undefined;
    const silent = new Promise<AbortSignal>((resolve) => (reached = resolve));
    host.handleStream(count, async function* (_request, signal) {
      yield [1];
      reached(signal);
      await new Promise((end) => signal.addEventListener('abort', end));
    });
    await host.ready();
    const read = (async () => {
      for await (const chunk of asker.stream(count, { to: 1 }, never)) expect(chunk).toEqual([1]);
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

  it('gives the answers of each service a place that no other service can guess', async () => {
    const connection = await connect({ servers: natsUrl });
    const asker = await natsEnd(256);
    const idOf = async (subject: string) => {
      const asked = Promise.withResolvers<string>();
      connection.subscribe(subject, { callback: (_error, { reply }) => asked.resolve(reply ?? '') });
      await connection.flush();
      const rpc = defineRpc({ subject, request: z.object({}), reply: z.number() });
      asker.call(rpc, {}, 1).catch(() => undefined);
      return (await asked.promise).split('.')[2];
    };
    const ids = [await idOf('one.ask'), await idOf('two.ask'), await idOf('one.tell')];
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
