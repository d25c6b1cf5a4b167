import 'reflect-metadata';
import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import {
  count,
  double,
  gone,
  memoryEnds,
  natsEnds,
  never,
  noted,
  serve,
  triple,
} from './testing/bus-parts.ts';

describe.each([
  ['NATS', natsEnds],
  ['memory', memoryEnds],
])('the bus over %s', (_transport, ends) => {
  it('answers calls, many at once, each with its own', async () => {
    const [client, host] = await ends();
    await serve(host, { double: async ({ value }) => value * 2 });
    const values = Array.from({ length: 100 }, (_, i) => i);
    const replies = await Promise.all(values.map((value) => client.call(double, { value }, 20_000)));
    expect(replies).toEqual(values.map((value) => value * 2));
  });

  it('carries an AppError across, with code, message and field', async () => {
    const [client, host] = await ends();
    await serve(host, {
      double: async () => {
        throw new AppError('rate_limited', 'slow down', { param: 'value', retryAfterMs: 1_500 });
      },
    });
    const error = await client.call(double, { value: 1 }, 20_000).catch((e: unknown) => e);
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
    await expect(client.call(double, { value: 1 }, 20_000)).rejects.toMatchObject({
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
    await client.call(double, { value: 1 }, 20_000);
    await client.call(double, { value: 1 }, 20_000, never, trace);
    for await (const chunk of client.stream(count, { to: 1 }, never, trace)) expect(chunk).toEqual([1]);
    expect(traces).toEqual([null, trace, trace]);
  });

  it('is unavailable when no service handles the request', async () => {
    const [client] = await ends();
    await expect(client.call(double, { value: 1 }, 20_000)).rejects.toMatchObject({
      code: 'unavailable',
      unanswered: 'not_begun',
    });
    const chunks = client.stream(count, { to: 1 }, never)[Symbol.asyncIterator]();
    await expect(chunks.next()).rejects.toMatchObject({ code: 'unavailable', unanswered: 'not_begun' });
  });

  it('waits for a handler as long as the request allows', async () => {
    const [client, host] = await ends();
    const answer = client.call(double, { value: 2 }, { timeoutMs: 20_000, waitMs: 10_000 });
    const chunks = client.stream(count, { to: 1 }, never, null, 10_000)[Symbol.asyncIterator]();
    const first = chunks.next();
    await host.ready();
    let calls = 0;
    await serve(host, { double: async ({ value }) => (calls++, value * 2) });
    await serve(host, {
      count: async function* () {
        yield [7];
      },
    });
    expect(await answer).toBe(4);
    expect(await first).toEqual({ done: false, value: [7] });
    expect((await chunks.next()).done).toBe(true);
    expect(calls).toBe(1);
  });

  it('stops waiting at the end of the time, or when its client has gone', async () => {
    const [client] = await ends();
    const time = { timeoutMs: 20_000, waitMs: 150 };
    await expect(client.call(double, { value: 1 }, time)).rejects.toMatchObject({ unanswered: 'not_begun' });
    const abort = new AbortController();
    const patient = { timeoutMs: 20_000, waitMs: 60_000 };
    const answer = client.call(double, { value: 1 }, patient, abort.signal);
    abort.abort(gone());
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('sends the request once where the handler replies with an error, also with the error of a nested request', async () => {
    const [client, host] = await ends();
    let calls = 0;
    await serve(host, {
      double: async () => {
        calls++;
        throw new AppError('unavailable', 'too much to do', { unanswered: 'not_begun' });
      },
    });
    const error = await client
      .call(double, { value: 1 }, { timeoutMs: 20_000, waitMs: 5_000 })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'unavailable', message: 'too much to do' });
    expect((error as AppError).unanswered).toBeUndefined();
    expect(calls).toBe(1);
  });

  it('repeats a request that a handler refuses to begin', async () => {
    const [client, host] = await ends();
    let calls = 0;
    await serve(host, {
      double: async ({ value }) => {
        if (calls++ === 0) throw new AppError('unavailable', 'too much to do', { unanswered: 'refused' });
        return value * 2;
      },
    });
    await expect(client.call(double, { value: 1 }, { timeoutMs: 20_000, waitMs: 10_000 })).resolves.toBe(2);
    calls = 0;
    await expect(client.call(double, { value: 1 }, 20_000)).rejects.toMatchObject({
      message: 'too much to do',
      unanswered: 'not_begun',
    });
  });

  it('repeats an unanswered request only where it is repeatable', async () => {
    const [client, host] = await ends();
    const calls = { double: 0, triple: 0 };
    const secondTime = (times: number, answer: number) =>
      times > 1 ? Promise.resolve(answer) : new Promise<number>(() => undefined);
    await serve(host, { double: ({ value }) => secondTime(++calls.double, value * 2) });
    await serve(host, { triple: ({ value }) => secondTime(++calls.triple, value * 3) });
    const time = { timeoutMs: 50, waitMs: 10_000 };
    await expect(client.call(double, { value: 1 }, time)).rejects.toMatchObject({ unanswered: 'unknown' });
    expect(await client.call(triple, { value: 1 }, time)).toBe(3);
    expect(calls).toEqual({ double: 1, triple: 2 });
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
