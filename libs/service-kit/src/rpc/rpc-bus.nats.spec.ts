import { AppError, defineRpc, defineSignal, defineStream } from '@antiphon/contracts';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../telemetry/logger.ts';
import { MemoryRpcBus } from './memory-rpc-bus.ts';
import { NatsRpcBus } from './nats-rpc-bus.ts';
import type { RpcBus } from './rpc-bus.ts';

const Numbers = z.array(z.number());
const double = defineRpc({
  subject: 'test.double',
  request: z.object({ value: z.number() }),
  reply: z.number(),
});
const count = defineStream({ subject: 'test.count', request: z.object({ to: z.number() }), chunk: Numbers });
const rang = defineSignal({ subject: 'test.rang.*', payload: z.object({ loud: z.boolean() }) });

const never = new AbortController().signal;
const gone = () => new AppError('cancelled', 'gone');

const opened: RpcBus[] = [];
afterEach(async () => {
  for (const bus of opened.splice(0)) await bus.close();
});

/** Two ends of one bus: who asks and who answers. */
async function natsEnds(window = 256): Promise<[RpcBus, RpcBus]> {
  return [await natsEnd(window), await natsEnd(window)];
}

async function natsEnd(window: number): Promise<RpcBus> {
  const connection = await connect({ servers: process.env.TEST_NATS_URL ?? '' });
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
    await expect(asker.call(double, { value: 1 }, 2_000)).rejects.toMatchObject({ code: 'unavailable' });
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
    await expect(asker.call(double, { value: 1 }, 50)).rejects.toMatchObject({ code: 'unavailable' });
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
});
