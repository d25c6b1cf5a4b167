import {
  AppError,
  isLifecycleEvent,
  type Response,
  type ResponseEvent,
  runsAdvanced,
} from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import {
  asks,
  says,
  ScriptedModel,
  ScriptedTools,
  type ScriptedTurn,
  serverTool,
} from '@antiphon/engine/testing';
import { createTestDatabase, MemoryBus, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { responsesSchema } from '../database/database-schema.ts';
import { RunEvents } from './run-events.ts';
import type { RunLogLimits } from './run-log.ts';
import type { LogPageLimits } from './event-log.store.ts';
import { testRunner } from '../testing/test-runner.ts';
import { newResponse } from '../testing/new-response.ts';
import { testStores, type TestStores } from '../testing/test-stores.ts';

let database: TestDatabase;
let stores: TestStores;
let bus: MemoryBus;
let events: RunEvents;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.dataSource.query('truncate responses.responses cascade');
  bus = new MemoryBus();
  stores = testStores(database.dataSource, { limits: { attemptsMax: 2 } });
  events = new RunEvents(stores.responses, stores.log, bus, {
    pollMs: 50,
    page: { burstsMax: 2, bytesMax: 1_000 },
  });
});

const page = { burstsMax: 10, bytesMax: 100_000 };
const batching: RunLogLimits = { flushMs: 5, flushBytes: 200, bufferBytes: 2_000 };

/** A queued response whose events are kept. */
async function queue(changes: Partial<Response> = {}): Promise<Response> {
  const response = newResponse({ status: 'queued', background: true, queuedAt: Date.now(), ...changes });
  const log: ResponseEvent[] = [
    { type: 'response.created', response },
    { type: 'response.queued', response },
  ];
  await stores.responses.insertWith(response, { isRunning: false, log, key: null, decides: null });
  return response;
}

/** Claims what is queued and runs it; the events are those its runner told. `until` leaves it there, as a crash would. */
async function work(
  model: ScriptedModel,
  options: { tools?: ScriptedTools; until?: (event: ResponseEvent) => boolean; limits?: RunLogLimits } = {},
): Promise<ResponseEvent[]> {
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  const { runner, keeper } = testRunner(stores, bus, {
    model,
    events,
    log: options.limits ?? batching,
    ...(options.tools && { tools: options.tools }),
  });
  const all: ResponseEvent[] = [];
  for await (const burst of runner.run(testCaller, {
    ...claim,
    history: [],
    timeoutMs: 10_000,
    mayMove: true,
  })) {
    all.push(...burst);
    if (options.until && burst.some(options.until)) break;
  }
  keeper.stop();
  return all;
}

async function follow(id: string, signal = new AbortController().signal): Promise<ResponseEvent[]> {
  const all: ResponseEvent[] = [];
  for await (const burst of events.follow(testCaller, id, signal)) all.push(...burst);
  return all;
}

const stored = (id: string) => stores.responses.find(testCaller, id);
const types = (list: readonly ResponseEvent[]) => list.map(({ type }) => type);
const said = (list: readonly ResponseEvent[]) =>
  list.map((event) => (event.type === 'text.delta' ? event.delta : '')).join('');
const expireLeases = () =>
  database.dataSource.query(
    `update responses.responses set lease_until = clock_timestamp() - interval '1 s'`,
  );
const words = Array.from({ length: 300 }, (_, index) => `word-${index} `);

describe('whoever follows a run', () => {
  it('hears the same, from before its start, in its midst, after its end and without its log', async () => {
    const { id } = await queue();
    const early = follow(id);
    const tools = new ScriptedTools(serverTool('search'));
    const model = new ScriptedModel(asks({ name: 'search' }), says(...words));
    let midway: Promise<ResponseEvent[]> | undefined;
    const told = await work(model, {
      tools,
      until: (event) => {
        if (event.type === 'text.delta') midway ??= follow(id);
        return false;
      },
    });
    const late = await follow(id);
    expect(types(late).slice(0, 3)).toEqual(['response.created', 'response.queued', 'response.in_progress']);
    expect(late.slice(3, -1)).toEqual(told.slice(0, -1));
    expect(late.at(-1)).toEqual({ type: 'response.completed', response: await stored(id) });
    expect(await early).toEqual(late);
    expect(await midway).toEqual(late);

    await stores.log.sweep(0, 10);
    expect((await stores.log.read(id, 0, page)).bursts).toEqual([]);
    const rebuilt = await follow(id);
    expect(said(rebuilt)).toBe(words.join(''));
    expect(rebuilt.at(-1)).toEqual(late.at(-1));
  });

  describe('hears of a turn that breaks off', () => {
    const halfSaid: ScriptedTurn = {
      bursts: [[{ type: 'text', text: 'Half an ' }]],
      then: new AppError('model_error', 'The connection to the provider broke'),
    };

    it('nothing, where nothing of it was written yet: it is asked again', async () => {
      const { id } = await queue();
      const slow = { flushMs: 60_000, flushBytes: 1_000_000, bufferBytes: 1_000_000 };
      // The log's beginning goes at once, and what is said after that waits.
      const afterTools = [asks({ name: 'search' }), halfSaid, says('Whole.')];
      const tools = new ScriptedTools(serverTool('search'));
      await work(new ScriptedModel(...afterTools), { tools, limits: slow });
      const heard = await follow(id);
      expect(said(heard)).toBe('Whole.');
      expect(heard.at(-1)).toEqual({ type: 'response.completed', response: await stored(id) });
      expect(types(heard)).not.toContain('model.retried');
    });

    it('what was written, and its end: it is not asked again', async () => {
      const { id } = await queue();
      const atOnce = { flushMs: 0, flushBytes: 1, bufferBytes: 1 };
      const model = new ScriptedModel(halfSaid, says('Whole.'));
      await work(model, { limits: atOnce });
      const heard = await follow(id);
      expect(said(heard)).toBe('Half an ');
      expect(heard.at(-1)).toMatchObject({
        type: 'response.failed',
        response: { output: [{ status: 'incomplete', content: [{ text: 'Half an ' }] }] },
      });
      expect(model.requests).toHaveLength(1);
    });
  });

  it('is told of nothing that is not committed', async () => {
    const { id } = await queue();
    const heard: number[] = [];
    bus.subscribe(runsAdvanced, () => heard.push(1), id);
    const slow = { flushMs: 60_000, flushBytes: 1_000_000, bufferBytes: 1_000_000 };
    await work(new ScriptedModel(says(...words)), { limits: slow });
    // A beginning that goes at once, and the end: nothing was committed between them.
    expect(heard.length).toBeLessThanOrEqual(2);
    const [row] = await database.dataSource.query<{ count: string }[]>(
      'select count(*) from responses.response_events',
    );
    expect(Number(row?.count)).toBeLessThanOrEqual(3);
    expect(said(await follow(id))).toBe(words.join(''));
  });

  it('needs no bell: reading again every now and then is enough', async () => {
    const { id } = await queue();
    const deaf = new RunEvents(stores.responses, stores.log, new MemoryBus(), {
      pollMs: 20,
      page: { burstsMax: 1, bytesMax: 1_000 },
    });
    const heard: ResponseEvent[] = [];
    const following = (async () => {
      for await (const burst of deaf.follow(testCaller, id, new AbortController().signal))
        heard.push(...burst);
    })();
    await work(new ScriptedModel(says('Hello', ' there')));
    await following;
    expect(said(heard)).toBe('Hello there');
  });

  it('hears of the end where it is cancelled, and nothing when it is deleted', async () => {
    const { id } = await queue();
    const following = follow(id);
    await stores.responses.cancel(testCaller, id);
    events.announce(id);
    expect(types(await following)).toEqual(['response.created', 'response.queued', 'response.cancelled']);

    const other = await queue();
    const reading = follow(other.id);
    await stores.responses.delete(testCaller, other.id);
    events.announce(other.id);
    expect(types(await reading)).not.toContain('response.cancelled');
  });

  it('stops when it goes away', async () => {
    const { id } = await queue();
    const gone = new AbortController();
    const following = follow(id, gone.signal);
    gone.abort();
    await following;
    expect(await stored(id)).toMatchObject({ status: 'queued' });
  });

  it('of a response without a log hears its beginning at once, and the rest at its end', async () => {
    const response = newResponse({ status: 'queued', background: true, queuedAt: Date.now() });
    await stores.responses.insert(response);
    const following = follow(response.id);
    await work(new ScriptedModel(says('Hello')));
    const heard = await following;
    expect(types(heard)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'item.added',
      'text.delta',
      'item.done',
      'model.finished',
      'response.completed',
    ]);
    expect((await stores.log.read(response.id, 0, page)).bursts).toEqual([]);
  });

  it('is not somebody else', async () => {
    const { id } = await queue();
    const stranger = { ...testCaller, userId: 'user_b' };
    const reading = events.follow(stranger, id, new AbortController().signal).next();
    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a run whose worker dies while it speaks', () => {
  const halfSaid = async () => {
    const { id } = await queue();
    const half = new ScriptedModel({ bursts: [[{ type: 'text', text: 'Half of' }]], then: 'hangs' });
    const atOnce = { ...batching, bufferBytes: 1 };
    await work(half, { until: (event) => event.type === 'text.delta', limits: atOnce });
    await expireLeases();
    return id;
  };

  it('ends what was half said, and what is stored is what was said in whole', async () => {
    const id = await halfSaid();
    const following = follow(id);
    await work(new ScriptedModel(says('All of it.')));
    const heard = await following;
    const items = heard.filter((event) => event.type === 'item.added' || event.type === 'item.done');
    expect(items.map(({ type, index, item }) => [type, index, item.status])).toEqual([
      ['item.added', 0, 'in_progress'],
      ['item.done', 0, 'incomplete'],
      ['item.added', 0, 'in_progress'],
      ['item.done', 0, 'completed'],
    ]);
    expect(heard.at(-1)).toEqual({ type: 'response.completed', response: await stored(id) });
    expect(await stored(id)).toMatchObject({
      output: [{ content: [{ text: 'All of it.' }], status: 'completed' }],
    });
    expect(heard.filter(isLifecycleEvent).map(({ type }) => type)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.completed',
    ]);
  });

  it('stores nothing of a turn that was not whole, though an item of it was', async () => {
    const { id } = await queue();
    const half = new ScriptedModel({
      bursts: [[{ type: 'reasoning', text: 'Hm' }], [{ type: 'text', text: 'Half of' }]],
      then: 'hangs',
    });
    const atOnce = { ...batching, bufferBytes: 1 };
    await work(half, { until: (event) => event.type === 'text.delta', limits: atOnce });
    expect(await stored(id)).toMatchObject({ status: 'in_progress', output: [] });
    await expireLeases();
    const following = follow(id);
    await work(new ScriptedModel(says('All of it.')));
    const heard = (await following).filter(({ type }) => type === 'item.done');
    expect(heard).toMatchObject([
      { index: 0, item: { type: 'reasoning', status: 'completed' } },
      { index: 1, item: { type: 'message', status: 'incomplete' } },
      { index: 0, item: { type: 'message', status: 'completed' } },
    ]);
    expect((await stored(id))?.output).toMatchObject([{ content: [{ text: 'All of it.' }] }]);
  });

  it('keeps what was said when it is cancelled or given up before another goes on', async () => {
    const cancelled = await halfSaid();
    await stores.responses.cancel(testCaller, cancelled);
    const partial = [{ content: [{ text: 'Half of' }], status: 'incomplete' }];
    expect(await stored(cancelled)).toMatchObject({ status: 'cancelled', output: partial });
    expect(types(await follow(cancelled)).slice(-2)).toEqual(['item.done', 'response.cancelled']);

    const givenUp = await halfSaid();
    await database.dataSource.query('update responses.responses set attempt = 2');
    await stores.leases.sweep();
    expect(await stored(givenUp)).toMatchObject({ status: 'failed', output: partial });
    const heard = await follow(givenUp);
    expect(heard.at(-1)).toEqual({ type: 'response.failed', response: await stored(givenUp) });
  });

  it('cannot write into the log of whoever took it over', async () => {
    const id = await halfSaid();
    const [claim] = await stores.leases.claim(1);
    const late = { responseId: id, epoch: (claim?.lease.epoch ?? 0) - 1 };
    const response = await stored(id);
    if (!response) throw new Error('it is gone');
    const burst = {
      firstSeq: 99,
      entries: [{ type: 'response.failed' as const, state: response, itemCount: 0 }],
    };
    expect(await stores.log.append(late, burst)).toBe(false);
    expect(await stores.log.append(late, burst, { response, told: [] })).toBe(false);
    expect((await stores.log.read(id, 99, page)).bursts).toEqual([]);
  });
});

it('a burst that is written again, its answer lost, is there once', async () => {
  const { id } = await queue();
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  const delta = (text: string) => ({ type: 'text.delta' as const, index: 0, itemId: 'msg_1', delta: text });
  await stores.log.append(claim.lease, { firstSeq: 2, entries: [delta('a')] });
  await stores.log.append(claim.lease, { firstSeq: 2, entries: [delta('a'), delta('b')] });
  // A reader who had the first of the two goes on in the midst of the burst.
  expect(await stores.log.read(id, 3, page)).toMatchObject({
    bursts: [{ firstSeq: 2, entries: [delta('a'), delta('b')] }],
    hasMore: false,
  });
  expect(await stores.log.replay(claim.response)).toMatchObject({ nextSeq: 4 });
});

it('is read page by page: whatever a burst holds, a reader holds no more than a page of them', async () => {
  const { id } = await queue();
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  const delta = (text: string) => ({ type: 'text.delta' as const, index: 0, itemId: 'msg_1', delta: text });
  for (const firstSeq of [2, 3, 4])
    await stores.log.append(claim.lease, { firstSeq, entries: [delta('x'.repeat(1_000))] });
  const readFrom = async (seq: number, limits: LogPageLimits) => {
    const { bursts, hasMore } = await stores.log.read(id, seq, limits);
    return { numbers: bursts.map(({ firstSeq }) => firstSeq), hasMore };
  };
  expect(await readFrom(2, { ...page, bytesMax: 1 })).toEqual({ numbers: [2], hasMore: true });
  expect(await readFrom(3, { ...page, bytesMax: 1_500 })).toEqual({ numbers: [3, 4], hasMore: false });
  expect(await readFrom(2, { ...page, burstsMax: 2 })).toEqual({ numbers: [2, 3], hasMore: true });
  expect(await readFrom(4, page)).toEqual({ numbers: [4], hasMore: false });
  expect(await readFrom(5, page)).toEqual({ numbers: [], hasMore: false });
});
