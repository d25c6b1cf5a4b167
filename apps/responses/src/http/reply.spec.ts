import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AppError,
  type Caller,
  type DialectName,
  noUsage,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { dialectNamed, type ReplyMode } from '@antiphon/dialects';
import { testCallerLimits } from '@antiphon/service-kit/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import type { Events, TakeBack } from '../create/response-events.ts';
import { ended, says } from '../testing/scripted-runner.ts';
import { Replier } from './reply.ts';

const names: readonly DialectName[] = ['openai', 'jan', 'agent', 'codex', 'messages'];
const started = testResponse();
const opening: ResponseEvent[] = [
  { type: 'response.created', response: started },
  { type: 'response.in_progress', response: started },
];
const completed: ResponseEvent = {
  type: 'response.completed',
  response: ended(started, { output: [says('Hello')] }),
};

let server: FastifyInstance;
afterEach(() => server.close());

/** A server whose one route replies with the events of `create`. */
function serve(
  create: (gone: AbortSignal, takeBack: TakeBack) => Events | Promise<Events>,
  {
    name = 'openai',
    mode = 'stream',
    startingAfter,
    heartbeatMs = 60_000,
    limits = {},
  }: {
    name?: DialectName;
    mode?: ReplyMode;
    startingAfter?: number;
    heartbeatMs?: number;
    limits?: NodeJS.ProcessEnv;
  } = {},
): FastifyInstance {
  const replier = new Replier({ heartbeatMs, stallTimeoutMs: 60_000 }, testCallerLimits(limits));
  const dialect = dialectNamed(name);
  server = Fastify({ forceCloseConnections: true });
  server.get('/', async (request, reply) => {
    Object.assign(request, { caller: testCaller satisfies Caller });
    if (startingAfter === undefined)
      await replier.send(reply, dialect, mode, async (gone, takeBack) => create(gone, takeBack));
    else
      await replier.resume(
        reply,
        dialect,
        { reply: 'stream', startingAfter },
        (gone) => create(gone, () => true) as Events,
      );
    return reply;
  });
  server.setErrorHandler((error, _request, reply) => {
    const { status, body } = dialect.encodeError(AppError.from(error));
    return reply.status(status).send(body);
  });
  return server;
}

async function* burstsOf(...bursts: ResponseEvent[][]): AsyncGenerator<ResponseEvent[]> {
  yield* bursts;
}

/** Opens a request and leaves it open. */
async function openRequest() {
  await server.listen({ host: '127.0.0.1', port: 0 });
  // A server that listens on TCP has an AddressInfo.
  const request = get({ port: (server.server.address() as AddressInfo).port, agent: false });
  request.on('error', () => undefined);
  return request;
}

it.each(names)(
  'replies to a create of the %s dialect with one JSON body at the end of its run',
  async (name) => {
    const reply = await serve(() => burstsOf(opening, [completed]), { name, mode: 'json' }).inject('/');
    expect(reply.headers['content-type']).toContain('application/json');
    expect(reply.body).toContain('Hello');
    expect(reply.statusCode).toBe(
      dialectNamed(name).encodeCreated((completed as { response: Response }).response).status,
    );
  },
);

it.each(names)('names the provider and the model that answered in the %s dialect', async (name) => {
  const course = {
    startedAt: 0,
    durationMs: 1,
    firstOutputMs: 1,
    outcome: 'ok',
    costUsd: null,
    attempts: [],
  };
  const turn = { ...course, depth: 0, provider: 'red', model: 'größe \ud800', usage: noUsage };
  const response = ended(started, { output: [says('Hello')], turns: [turn] });
  const events: ResponseEvent[] = [{ type: 'response.completed', response }];
  const { headers } = await serve(() => burstsOf(opening, events), { name, mode: 'json' }).inject('/');
  expect(headers).toMatchObject({ 'x-model-provider': 'red', 'x-model-used': 'gr%C3%B6%C3%9Fe%20%EF%BF%BD' });
});

it.each(names)('replies to a background create of the %s dialect as soon as it is queued', async (name) => {
  const queued = testResponse({ status: 'queued', background: true, startedAt: null, queuedAt: 1_000 });
  const events: ResponseEvent[] = [{ type: 'response.queued', response: queued }];
  const reply = await serve(() => burstsOf(events), { name, mode: 'json' }).inject('/');
  const { status, body } = dialectNamed(name).encodeCreated(queued);
  expect([reply.statusCode, reply.json()]).toEqual([status, JSON.parse(JSON.stringify(body))]);
});

it.each(names)(
  'streams a response in the frames of the %s dialect, with its id as a header',
  async (name) => {
    const reply = await serve(() => burstsOf(opening, [completed]), { name }).inject('/');
    expect(reply.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-response-id': started.id,
    });
    const encode = dialectNamed(name).openStream('stream');
    expect(framesOf(reply.body)).toEqual(framesOf([...opening, completed].flatMap(encode).join('')));
  },
);

it.each(names)(
  'answers an error before the first event with the status of the %s dialect, streamed or not',
  async (name) => {
    for (const mode of ['json', 'stream'] as const) {
      const refuse = () => Promise.reject(new AppError('model_not_found', 'There is no model x.'));
      const reply = await serve(refuse, { name, mode }).inject('/');
      expect(reply.statusCode).toBe(
        dialectNamed(name).encodeError(new AppError('model_not_found', '')).status,
      );
      expect(reply.headers['content-type']).toContain('application/json');
      await server.close();
    }
  },
);

it.each(names)(
  'ends a stream of the %s dialect with a failure when its run breaks after the first event',
  async (name) => {
    const reply = await serve(
      async function* () {
        yield opening;
        throw new AppError('unavailable', 'The database is away.');
      },
      { name },
    ).inject('/');
    expect(reply.statusCode).toBe(200);
    const error = new AppError('unavailable', 'The database is away.').toInfo();
    const failed: ResponseEvent = {
      type: 'response.failed',
      response: { ...started, status: 'failed', error },
    };
    const encode = dialectNamed(name).openStream('stream');
    expect(framesOf(reply.body)).toEqual(framesOf([...opening, failed].flatMap(encode).join('')));
  },
);

it('leaves out the events that the reader of a resumed stream has', async () => {
  const whole = await serve(() => burstsOf(opening, [completed])).inject('/');
  await server.close();
  const rest = await serve(() => burstsOf(opening, [completed]), { startingAfter: 1 }).inject('/');
  expect(framesOf(rest.body)).toEqual(framesOf(whole.body).slice(2));
});

it.each(names)('sends the heartbeat of the %s dialect while a stream is silent', async (name) => {
  serve(
    async function* (gone) {
      yield opening;
      await once(gone, 'abort');
    },
    { name, heartbeatMs: 5 },
  );
  const request = await openRequest();
  const [reply] = (await once(request, 'response')) as [AsyncIterable<Buffer>];
  const hasOwn = 'heartbeat' in dialectNamed(name).openStream('stream');
  const wanted = hasOwn ? /ping/ : /^: ping$/m;
  let text = '';
  for await (const chunk of reply) if (wanted.test((text += chunk.toString()))) break;
  expect(text).toMatch(wanted);
  request.destroy();
});

it('pulls every event of a stream whose client has gone, so that its run ends', async () => {
  const gone = Promise.withResolvers<void>();
  let hasEnded = false;
  serve(async function* (signal) {
    yield opening;
    await once(signal, 'abort');
    gone.resolve();
    yield [completed];
    hasEnded = true;
  });
  const request = await openRequest();
  await once(request, 'response');
  request.destroy();
  await gone.promise;
  await expect.poll(() => hasEnded).toBe(true);
});

it('aborts the signal of a JSON create whose client has gone', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  serve(
    async function* (signal) {
      begun.resolve(signal);
      yield opening;
      await once(signal, 'abort');
      yield [completed];
    },
    { mode: 'json' },
  );
  const request = await openRequest();
  const signal = await begun.promise;
  request.destroy();
  if (!signal.aborted) await once(signal, 'abort');
  expect(signal.aborted).toBe(true);
});

it('takes back only the events that the client of a stream has not received', async () => {
  const answers: boolean[] = [];
  const reply = await serve(async function* (_gone, takeBack) {
    yield opening;
    answers.push(takeBack(0), takeBack(1));
    yield [completed];
  }).inject('/');
  expect(reply.statusCode).toBe(200);
  expect(answers).toEqual([true, false]);
  await server.close();
  serve(
    async function* (_gone, takeBack) {
      yield opening;
      answers.push(takeBack(100));
      yield [completed];
    },
    { mode: 'json' },
  );
  await server.inject('/');
  expect(answers.at(-1)).toBe(true);
});

it('refuses more runs of a caller than it may have at the same time', async () => {
  const begun = Promise.withResolvers<void>();
  const hold = Promise.withResolvers<void>();
  serve(
    async function* () {
      begun.resolve();
      yield opening;
      await hold.promise;
      yield [completed];
    },
    { mode: 'json', limits: { LIMIT_RUNS: '1' } },
  );
  const first = (async () => server.inject('/'))();
  await begun.promise;
  const second = await server.inject('/');
  expect(second.statusCode).toBe(429);
  hold.resolve();
  expect((await first).statusCode).toBe(200);
});

/** The frames of a stream, without the parts that differ between two encodings of the same events. */
function framesOf(body: string): string[] {
  return body
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => frame.replaceAll(/"(?:timestamp|created_at|at)":\d+/g, '"time":0'));
}
