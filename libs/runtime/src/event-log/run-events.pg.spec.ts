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
import { MemoryBus } from '@antiphon/service-kit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { RunEvents } from './run-events.ts';
import type { RunLogLimits } from './run-log.ts';
import type { LogPageLimits } from './event-log.store.ts';
import { testRunner } from '../testing/test-runner.ts';
import { newResponse } from '../testing/new-response.ts';
import { type TestStores } from '../testing/test-stores.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
let stores: TestStores;
let bus: MemoryBus;
let events: RunEvents;
beforeEach(() => {
  bus = new MemoryBus();
  stores = storesWith({ attemptsMax: 2 });
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

/** Claims the queued response and runs it; returns the events of the runner. `until` stops there, as a crash would. */
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

/** Reads a response to the end of its events. */
async function follow(id: string, signal = new AbortController().signal): Promise<ResponseEvent[]> {
  return (await reading(id, signal)).heard;
}

/** Starts to read a response, and waits for the first events: from then on the reader is registered. */
async function reading(
  id: string,
  signal = new AbortController().signal,
): Promise<{ heard: Promise<ResponseEvent[]> }> {
  const begun = Promise.withResolvers<void>();
  const read = async () => {
    const all: ResponseEvent[] = [];
    for await (const burst of events.follow(testCaller, id, signal)) {
      all.push(...burst);
      begun.resolve();
    }
    return all;
  };
  const heard = read();
  await Promise.race([begun.promise, heard]);
  return { heard };
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

describe('a reader of a run', () => {
  it('gets the same events from before its start, in its midst, after its end and without its log', async () => {
    const { id } = await queue();
    const early = await reading(id);
    const tools = new ScriptedTools(serverTool('search'));
    const model = new ScriptedModel(asks({ name: 'search' }), says(...words));
    let midway: Promise<ResponseEvent[]> | undefined;
    const sent = await work(model, {
      tools,
      until: (event) => {
        if (event.type === 'text.delta') midway ??= follow(id);
        return false;
      },
    });
    const late = await follow(id);
    expect(types(late).slice(0, 3)).toEqual(['response.created', 'response.queued', 'response.in_progress']);
    expect(late.slice(3, -1)).toEqual(sent.slice(0, -1));
    expect(late.at(-1)).toEqual({ type: 'response.completed', response: await stored(id) });
    expect(await early.heard).toEqual(late);
    expect(await midway).toEqual(late);

    await stores.log.sweep(0, 10);
    expect((await stores.log.read(id, 0, page)).bursts).toEqual([]);
    const rebuilt = await follow(id);
    expect(said(rebuilt)).toBe(words.join(''));
    expect(rebuilt.at(-1)).toEqual(late.at(-1));
  });

  describe('of a turn that breaks off gets', () => {
    const halfSaid: ScriptedTurn = {
      bursts: [[{ type: 'text', text: 'Half an ' }]],
      then: new AppError('model_error', 'The connection to the provider broke'),
    };

    it('nothing, where nothing of it was written yet: the turn is repeated', async () => {
      const { id } = await queue();
      const slow = { flushMs: 60_000, flushBytes: 1_000_000, bufferBytes: 1_000_000 };
      // The beginning of the log is written at once, and later entries wait.
      const afterTools = [asks({ name: 'search' }), halfSaid, says('Whole.')];
      const tools = new ScriptedTools(serverTool('search'));
      await work(new ScriptedModel(...afterTools), { tools, limits: slow });
      const heard = await follow(id);
      expect(said(heard)).toBe('Whole.');
      expect(heard.at(-1)).toEqual({ type: 'response.completed', response: await stored(id) });
      expect(types(heard)).not.toContain('model.retried');
    });

    it('the written part and its end: the turn is not repeated', async () => {
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

  it('is not signalled before a commit', async () => {
    const { id } = await queue();
    const heard: number[] = [];
    bus.subscribe(runsAdvanced, () => heard.push(1), id);
    const slow = { flushMs: 60_000, flushBytes: 1_000_000, bufferBytes: 1_000_000 };
    await work(new ScriptedModel(says(...words)), { limits: slow });
    // The beginning, which is written at once, and the end: nothing was committed between them.
    expect(heard.length).toBeLessThanOrEqual(2);
    const [row] = await database.dataSource.query<{ count: string }[]>(
      'select count(*) from responses.response_events',
    );
    expect(Number(row?.count)).toBeLessThanOrEqual(3);
    expect(said(await follow(id))).toBe(words.join(''));
  });

  it('needs no signal: polling is enough', async () => {
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

  it('gets the end of a cancelled response, and no end of a deleted one', async () => {
    const { id } = await queue();
    const cancelled = await reading(id);
    await stores.responses.cancel(testCaller, id);
    events.announce(id);
    expect(types(await cancelled.heard)).toEqual([
      'response.created',
      'response.queued',
      'response.cancelled',
    ]);

    const other = await queue();
    const deleted = await reading(other.id);
    await stores.responses.delete(testCaller, other.id);
    events.announce(other.id);
    expect(types(await deleted.heard)).not.toContain('response.cancelled');
  });

  it('stops when its client goes away', async () => {
    const { id } = await queue();
    const gone = new AbortController();
    const { heard } = await reading(id, gone.signal);
    gone.abort();
    await heard;
    expect(await stored(id)).toMatchObject({ status: 'queued' });
  });

  it('of a response without a log gets its beginning at once, and the rest at its end', async () => {
    const response = newResponse({ status: 'queued', background: true, queuedAt: Date.now() });
    await stores.responses.insert(response);
    const following = await reading(response.id);
    await work(new ScriptedModel(says('Hello')));
    const heard = await following.heard;
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

  it('is the owner of the response', async () => {
    const { id } = await queue();
    const otherCaller = { ...testCaller, userId: 'user_b' };
    const first = events.follow(otherCaller, id, new AbortController().signal).next();
    await expect(first).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a run whose worker dies in the middle of an answer', () => {
  const halfSaid = async () => {
    const { id } = await queue();
    const half = new ScriptedModel({ bursts: [[{ type: 'text', text: 'Half of' }]], then: 'hangs' });
    const atOnce = { ...batching, bufferBytes: 1 };
    await work(half, { until: (event) => event.type === 'text.delta', limits: atOnce });
    await expireLeases();
    return id;
  };

  it('ends the unfinished item in the stream, and stores the complete answer only', async () => {
    const id = await halfSaid();
    const following = await reading(id);
    await work(new ScriptedModel(says('All of it.')));
    const heard = await following.heard;
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

  it('stores nothing of an incomplete turn, although an item of it was complete', async () => {
    const { id } = await queue();
    const half = new ScriptedModel({
      bursts: [[{ type: 'reasoning', text: 'Hm' }], [{ type: 'text', text: 'Half of' }]],
      then: 'hangs',
    });
    const atOnce = { ...batching, bufferBytes: 1 };
    await work(half, { until: (event) => event.type === 'text.delta', limits: atOnce });
    expect(await stored(id)).toMatchObject({ status: 'in_progress', output: [] });
    await expireLeases();
    const following = await reading(id);
    await work(new ScriptedModel(says('All of it.')));
    const heard = (await following.heard).filter(({ type }) => type === 'item.done');
    expect(heard).toMatchObject([
      { index: 0, item: { type: 'reasoning', status: 'completed' } },
      { index: 1, item: { type: 'message', status: 'incomplete' } },
      { index: 0, item: { type: 'message', status: 'completed' } },
    ]);
    expect((await stored(id))?.output).toMatchObject([{ content: [{ text: 'All of it.' }] }]);
  });

  it('keeps the partial output when it is cancelled or failed before a takeover', async () => {
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

  it('cannot write into the log after a takeover', async () => {
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
    expect(await stores.log.append(late, burst, { response, events: [] })).toBe(false);
    expect((await stores.log.read(id, 99, page)).bursts).toEqual([]);
  });
});

it('a burst that is written again after a lost answer is there once', async () => {
  const { id } = await queue();
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  const delta = (text: string) => ({ type: 'text.delta' as const, index: 0, itemId: 'msg_1', delta: text });
  await stores.log.append(claim.lease, { firstSeq: 2, entries: [delta('a')] });
  await stores.log.append(claim.lease, { firstSeq: 2, entries: [delta('a'), delta('b')] });
  // A reader that had the first of the two goes on in the middle of the burst.
  expect(await stores.log.read(id, 3, page)).toMatchObject({
    bursts: [{ firstSeq: 2, entries: [delta('a'), delta('b')] }],
    hasMore: false,
  });
  expect(await stores.log.replay(claim.response)).toMatchObject({ nextSeq: 4 });
});

it('is read page by page: a reader holds at most one page, however large the bursts', async () => {
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
