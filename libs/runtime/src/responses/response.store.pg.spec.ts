import {
  type Caller,
  type Decision,
  functionCall,
  type FunctionCallItem,
  type Item,
  type MessageItem,
  newId,
  type RequestServer,
  type Response,
  type ResponseFilter,
} from '@antiphon/contracts';
import { plainSettings, testCaller } from '@antiphon/contracts/testing';
import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { responsesSchema } from '../database/database-schema.ts';
import { newResponse } from '../testing/new-response.ts';
import { storeLimits } from '../testing/store-limits.ts';
import { DeliveryStore } from '../webhooks/delivery.store.ts';
import { deliveryLimits } from '../testing/delivery-limits.ts';
import { ResponseStore, type StoreLimits } from './response.store.ts';

const stranger: Caller = { ...testCaller, userId: 'user_b', tenantId: 'user_b' };
let database: TestDatabase;
let store: ResponseStore;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.dataSource.query('truncate responses.responses cascade');
  store = storeWith({});
});

function storeWith(changes: Partial<StoreLimits>, owner = 'worker-1'): ResponseStore {
  return new ResponseStore(database.dataSource, owner, { ...storeLimits, ...changes });
}

const queued = (changes: Partial<Response> = {}) =>
  newResponse({ status: 'queued', background: true, queuedAt: Date.now(), ...changes });

const saying = (text: string): MessageItem => ({
  type: 'message',
  id: 'msg_out',
  role: 'assistant',
  content: [{ type: 'text', text }],
  status: 'completed',
});

async function claimOne(from = store) {
  const [claim] = await from.claim(1);
  if (!claim) throw new Error('nothing to claim');
  return claim;
}

const pendingCall = (callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem =>
  functionCall({
    id: `fc_${callId}`,
    callId,
    name: 'post_http_requests',
    arguments: '{"url":"http://a"}',
    executor: 'server',
    state: 'pending_approval',
    ...changes,
  });

/** A foreground run that waits for its caller. */
async function paused(changes: Partial<Response> = {}, from = store): Promise<Response> {
  const running = newResponse({ onPause: 'wait', output: [pendingCall('a'), pendingCall('b')], ...changes });
  const lease = await from.insertRunning(running);
  const response: Response = { ...running, status: 'requires_action' };
  expect(await from.finish(lease, response)).toBe(true);
  return response;
}

/** Lets every lease run out. */
async function expireLeases(): Promise<void> {
  await database.dataSource.query(
    `update responses.responses set lease_until = clock_timestamp() - interval '1 s'`,
  );
}

it('keeps the order of what the caller wrote: a model answers in the order of its schema', async () => {
  const schema = { type: 'object', properties: { reasons: { type: 'array' }, a: { type: 'string' } } };
  const response = queued({
    metadata: { zebra: '1', ant: '2' },
    clientTools: [{ executor: 'client', name: 'f', description: null, parameters: schema, strict: null }],
    settings: {
      ...plainSettings,
      textFormat: { type: 'json_schema', name: 'n', description: null, schema, strict: true },
    },
  });
  await store.insert(response);
  const stored = await store.find(testCaller, response.id);
  expect(stored).toEqual(response);
  const written = ({ metadata, clientTools, settings }: Response) =>
    JSON.stringify([metadata, clientTools, settings.textFormat]);
  expect(stored && written(stored)).toBe(written(response));
});

describe('a stored response', () => {
  it('is found as it was stored, by its owner only', async () => {
    const response = newResponse({
      status: 'completed',
      output: [saying('hi')],
      metadata: { a: { b: [1, null] } },
    });
    await store.insert(response);
    expect(await store.find(testCaller, response.id)).toEqual(response);
    expect(await store.find(stranger, response.id)).toBeNull();
    expect(await store.find(testCaller, "resp_' or 1=1 --")).toBeNull();
  });

  it('may hold what PostgreSQL cannot: it is replaced', async () => {
    const response = newResponse({ status: 'completed', output: [saying('a\0b\ud83dc 😀 \\u0000')] });
    await store.insert(response);
    expect((await store.find(testCaller, response.id))?.output).toEqual([
      saying('a\ufffdb\ufffdc 😀 \\u0000'),
    ]);
  });

  it('is stored with many others at once', async () => {
    const responses = Array.from({ length: 500 }, () => newResponse({ status: 'completed' }));
    await Promise.all(responses.map((response) => store.insert(response)));
    const found = await Promise.all(responses.map(({ id }) => store.find(testCaller, id)));
    expect(found).toEqual(responses);
  });

  it('is gone once deleted, with its deliveries, and only its owner can', async () => {
    await store.insert(queued({ webhookUrl: 'https://example.com/hook' }));
    const { lease, response } = await claimOne();
    await store.finish(lease, { ...response, status: 'completed' });
    expect(await store.delete(stranger, response.id)).toBe(false);
    expect(await store.delete(testCaller, response.id)).toBe(true);
    expect(await store.find(testCaller, response.id)).toBeNull();
    expect(
      await new DeliveryStore(database.dataSource).claim(
        { countMax: 10, bytesMax: 1_000_000 },
        1_000,
        deliveryLimits,
      ),
    ).toEqual([]);
  });
});

describe('a claim', () => {
  it('goes to exactly one of many', async () => {
    await store.insert(queued());
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => storeWith({}, `worker-${i}`).claim(1)),
    );
    expect(claims.flat()).toHaveLength(1);
    expect(claims.flat()[0]?.response).toMatchObject({
      status: 'in_progress',
      startedAt: expect.any(Number) as number,
    });
  });

  it('takes the oldest first, as many as asked for, and foreground responses never', async () => {
    const now = Date.now();
    const waiting = [3, 1, 2].map((age) => queued({ createdAt: now - age * 1_000 }));
    await Promise.all(waiting.map((response) => store.insert(response)));
    await store.insertRunning(newResponse());
    await expireLeases();
    const claims = await store.claim(2);
    expect(claims.map((claim) => claim.response.createdAt).sort()).toEqual([now - 3_000, now - 2_000]);
    expect(await store.claim(5)).toHaveLength(1);
  });

  it('takes over what a lost holder left, as it was saved, and locks the holder out', async () => {
    await store.insert(queued());
    const first = await claimOne();
    expect(await store.save(first.lease, { ...first.response, output: [saying('half')] })).toBe(true);
    expect(await store.claim(1)).toEqual([]);
    await expireLeases();
    const second = await claimOne(storeWith({}, 'worker-2'));
    expect(second.response.output).toEqual([saying('half')]);
    expect(second.response.startedAt).toBe(first.response.startedAt);

    expect(await store.heartbeat([first.lease])).toEqual(new Set());
    expect(await store.save(first.lease, { ...first.response, output: [saying('stale')] })).toBe(false);
    expect(await store.finish(first.lease, { ...first.response, status: 'completed' })).toBe(false);
    expect(await store.heartbeat([second.lease])).toEqual(new Set([second.lease]));
    expect(await store.finish(second.lease, { ...second.response, status: 'completed' })).toBe(true);
    expect(await store.find(testCaller, first.response.id)).toMatchObject({
      status: 'completed',
      output: [saying('half')],
    });
  });

  it('that is handed over can be taken at once and does not count as an attempt', async () => {
    await store.insert(queued());
    for (let round = 0; round < storeLimits.attemptsMax + 2; round++)
      await store.release((await claimOne()).lease);
    expect((await claimOne()).response.status).toBe('in_progress');
  });

  it('that is handed over is kept by no heartbeat that comes late', async () => {
    await store.insert(queued());
    const { lease } = await claimOne();
    await store.release(lease);
    expect(await store.heartbeat([lease])).toEqual(new Set());
    expect((await claimOne()).response.id).toBe(lease.responseId);
  });
});

describe('a run that could not reach a part of the system', () => {
  it('is claimed again after a while, for as long as its time lasts', async () => {
    await store.insert(queued());
    for (let time = 0; time < storeLimits.attemptsMax + 2; time++) {
      const { lease } = await claimOne();
      expect(await store.postpone(lease)).toBe(true);
      expect(await store.claim(1)).toEqual([]);
      await expireLeases();
    }
    const { lease } = await claimOne();
    await database.dataSource.query(
      `update responses.responses set deadline_at = clock_timestamp() + interval '1 s' where id = $1`,
      [lease.responseId],
    );
    expect(await store.postpone(lease)).toBe(false);
  });
});

describe('an end', () => {
  it('comes once, with one webhook', async () => {
    await store.insert(queued({ webhookUrl: 'https://example.com/hook' }));
    const { lease, response } = await claimOne();
    const ended: Response = {
      ...response,
      status: 'completed',
      completedAt: Date.now(),
      output: [saying('done')],
    };
    expect(await Promise.all([store.finish(lease, ended), store.finish(lease, ended)])).toEqual(
      expect.arrayContaining([true, false]),
    );
    const deliveries = await new DeliveryStore(database.dataSource).claim(
      { countMax: 10, bytesMax: 1_000_000 },
      1_000,
      deliveryLimits,
    );
    expect(deliveries).toMatchObject([
      { responseId: response.id, url: 'https://example.com/hook', attempt: 1 },
    ]);
  });

  it('by cancel wins over a run that finishes later, and keeps what the run had made', async () => {
    await store.insert(queued());
    const { lease, response } = await claimOne();
    const outcome = await store.cancel(testCaller, response.id);
    expect(outcome).toMatchObject({ wasCancelled: true, response: { status: 'cancelled' } });
    expect(await store.heartbeat([lease])).toEqual(new Set());
    const late: Response = { ...response, status: 'completed', output: [saying('par')] };
    expect(await store.finish(lease, late)).toBe(false);
    expect(await store.find(testCaller, response.id)).toMatchObject({
      status: 'cancelled',
      cancelledAt: outcome?.response.cancelledAt,
      output: [saying('par')],
    });
  });

  it('never changes again', async () => {
    await store.insert(queued());
    const { lease, response } = await claimOne();
    await store.finish(lease, { ...response, status: 'failed' });
    expect(await store.cancel(testCaller, response.id)).toMatchObject({
      wasCancelled: false,
      response: { status: 'failed' },
    });
    expect(await store.cancel(stranger, response.id)).toBeNull();
    await expireLeases();
    expect(await store.sweep()).toEqual([]);
    expect(await store.claim(1)).toEqual([]);
  });

  it('is settled by the row when cancel and finish race', async () => {
    for (let round = 0; round < 25; round++) {
      await store.insert(queued({ webhookUrl: 'https://example.com/hook' }));
      const { lease, response } = await claimOne();
      const [cancelled, finished] = await Promise.all([
        store.cancel(testCaller, response.id),
        store.finish(lease, { ...response, status: 'completed' }),
      ]);
      expect(cancelled?.wasCancelled).toBe(!finished);
      const expected = finished ? 'completed' : 'cancelled';
      expect(await store.find(testCaller, response.id)).toMatchObject({ status: expected });
    }
    expect(
      await new DeliveryStore(database.dataSource).claim({ countMax: 100, bytesMax: 1_000_000 }, 1_000, {
        ...deliveryLimits,
        perHostMax: 100,
      }),
    ).toHaveLength(25);
  });
});

describe('a decision', () => {
  const accept = (callId: string): Decision => ({ callId, action: 'accept' });

  it('lets a run go on here, and is written down with what was proposed and what runs', async () => {
    const { id } = await paused();
    const decisions: Decision[] = [
      { callId: 'a', action: 'edit', arguments: '{"url":"http://b"}' },
      { callId: 'b', action: 'reject', message: 'no' },
    ];

    const decided = await store.decide(testCaller, id, decisions, 'here');

    expect(decided?.response).toMatchObject({ status: 'in_progress' });
    expect(decided?.lease && (await store.heartbeat([decided.lease]))).toEqual(new Set([decided?.lease]));
    expect(await store.decisions(testCaller, id)).toMatchObject([
      {
        callId: 'a',
        action: 'edit',
        proposedArguments: '{"url":"http://a"}',
        runArguments: '{"url":"http://b"}',
        message: null,
        userId: testCaller.userId,
      },
      { callId: 'b', action: 'reject', runArguments: null, message: 'no' },
    ]);
    expect(await store.decisions(stranger, id)).toEqual([]);
  });

  it('waits for the others where it approves nothing', async () => {
    const { id } = await paused();
    const decided = await store.decide(
      testCaller,
      id,
      [{ callId: 'a', action: 'feedback', message: 'hm' }],
      'here',
    );
    expect(decided).toMatchObject({ lease: null, response: { status: 'requires_action' } });
    expect((await store.find(testCaller, id))?.output).toHaveLength(3);
    expect(await store.decide(testCaller, id, [accept('b')], 'here')).toMatchObject({
      response: { status: 'in_progress' },
    });
  });

  it('is made once of two at the same moment', async () => {
    const { id } = await paused({ output: [pendingCall('a')] });
    const both = await Promise.allSettled([
      store.decide(testCaller, id, [accept('a')], 'here'),
      store.decide(testCaller, id, [{ callId: 'a', action: 'reject', message: null }], 'here'),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'invalid_request' },
    });
    expect(await store.decisions(testCaller, id)).toHaveLength(1);
  });

  it('finds its response by the conversation', async () => {
    const conversation = { conversationId: 'talk' };
    const first = await paused({ ...conversation, createdAt: Date.now() - 1_000 });
    const latest = await paused(conversation);
    await store.insert(newResponse({ ...conversation, status: 'completed' }));

    expect(await store.pausedIn(testCaller, 'talk', null)).toBe(latest.id);
    expect(await store.pausedIn(testCaller, 'talk', first.id)).toBe(first.id);
    expect(await store.pausedIn(testCaller, 'another', null)).toBeNull();
    expect(await store.pausedIn(stranger, 'talk', null)).toBeNull();
  });

  it("is its owner's", async () => {
    const { id } = await paused();
    expect(await store.decide(stranger, id, [accept('a')], 'here')).toBeNull();
  });

  it('queues a run for whoever holds it, and after a while for anyone', async () => {
    const holding = storeWith({ headStartMs: 60_000 });
    const waiting = [pendingCall('a', { executor: 'client', state: 'pending_output' })];
    const output: Decision = { callId: 'a', action: 'output', output: '42' };
    const held = await paused({ onPause: 'hold', output: waiting }, holding);
    const left = await paused({ onPause: 'hold', output: waiting });

    await holding.decide(testCaller, held.id, [output], 'queued');
    await store.decide(testCaller, left.id, [output], 'queued');

    expect((await store.claim(5)).map(({ response }) => response.id)).toEqual([left.id]);
    expect((await holding.takeUp(held.id))?.response).toMatchObject({ id: held.id, status: 'in_progress' });
    expect(await holding.takeUp(held.id)).toBeNull();
  });
});

describe('a response that decides about the one before it', () => {
  const approvals = (approve: boolean): Item[] =>
    ['a', 'b'].map((call) => ({
      type: 'approval_response',
      id: `mcpr_${call}`,
      approvalRequestId: pendingCall(call).id,
      approve,
      reason: null,
      status: 'completed',
    }));
  const next = (previousResponseId: string, changes: Partial<Response> = {}) =>
    newResponse({ previousResponseId, input: approvals(true), ...changes });
  const extras = (decides: string) => ({ isRunning: true, log: null, key: null, decides });

  it('is stored with its end and the decisions, once of two at the same moment', async () => {
    const { id } = await paused({ onPause: 'hand_back' });
    const [one, two] = [next(id), next(id, { input: approvals(false) })];
    const both = await Promise.allSettled([
      store.insertWith(one, extras(id)),
      store.insertWith(two, extras(id)),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'invalid_request' },
    });
    expect(await store.find(testCaller, id)).toMatchObject({ status: 'completed' });
    expect(await store.decisions(testCaller, id)).toHaveLength(2);
    const stored = [await store.find(testCaller, one.id), await store.find(testCaller, two.id)];
    expect(stored.filter((response) => response !== null)).toHaveLength(1);
  });

  it('need not be stored itself', async () => {
    const { id } = await paused({ onPause: 'hand_back' });
    const unstored = next(id, { stored: false });
    expect(await store.insertWith(unstored, extras(id))).toEqual({ lease: null });
    expect(await store.find(testCaller, id)).toMatchObject({ status: 'completed' });
    expect(await store.find(testCaller, unstored.id)).toBeNull();
  });

  it("is its owner's to make", async () => {
    const { id } = await paused({ onPause: 'hand_back' });
    const theirs = next(id, { userId: stranger.userId });
    await expect(store.insertWith(theirs, extras(id))).rejects.toMatchObject({ code: 'not_found' });
    expect(await store.find(testCaller, id)).toMatchObject({ status: 'requires_action' });
  });
});

it('keeps what servers of a request are sent while the run may call them, and no longer', async () => {
  const server: RequestServer = {
    label: 'docs',
    origin: 'https://docs.example',
    sealedAccess: 'v1.sealed',
    allowed: null,
    approval: { always: null, never: null, otherwise: 'always' },
  };
  const sealedIn = async (changes: Partial<Response>) => {
    const response = newResponse({ requestServers: [server], ...changes });
    await store.insert(response);
    return (await store.find(testCaller, response.id))?.requestServers[0]?.sealedAccess;
  };
  expect(await sealedIn({ status: 'queued', background: true })).toBe('v1.sealed');
  expect(await sealedIn({ status: 'requires_action', onPause: 'wait' })).toBe('v1.sealed');
  expect(await sealedIn({ status: 'requires_action', onPause: 'hand_back' })).toBeNull();
  expect(await sealedIn({ status: 'completed' })).toBeNull();
  expect(await sealedIn({ status: 'cancelled' })).toBeNull();
});

describe('a sweep', () => {
  it('fails foreground runs whose process is gone, and leaves live ones', async () => {
    const response = newResponse();
    await store.insertRunning(response);
    expect(await store.sweep()).toEqual([]);
    await expireLeases();
    expect(await store.sweep()).toMatchObject([
      { id: response.id, status: 'failed', error: { code: 'interrupted' } },
    ]);
    expect(await store.find(testCaller, response.id)).toMatchObject({ status: 'failed' });
  });

  it('fails a background run once its attempts are used up, not before', async () => {
    await store.insert(queued());
    for (let attempt = 1; attempt <= storeLimits.attemptsMax; attempt++) {
      expect(await store.sweep()).toEqual([]);
      await claimOne();
      await expireLeases();
    }
    expect(await store.claim(1)).toEqual([]);
    expect(await store.sweep()).toMatchObject([{ status: 'failed', error: { code: 'interrupted' } }]);
  });

  it('fails what is past its deadline although its holder lives', async () => {
    const hasty = storeWith({ backgroundTimeoutMs: 0, leaseMs: 0 });
    await hasty.insert(queued());
    const { lease } = await claimOne(hasty);
    await store.heartbeat([lease]);
    expect(await hasty.sweep()).toMatchObject([{ status: 'failed', error: { code: 'run_timeout' } }]);
  });

  it('fails a pause that nobody answered, and never one that was handed back', async () => {
    const impatient = storeWith({ pauseMs: { hand_back: null, wait: 0, hold: 0 } });
    await paused({ onPause: 'hand_back' }, impatient);
    const { id } = await paused({ onPause: 'wait' }, impatient);
    expect(await impatient.sweep()).toMatchObject([{ id, status: 'failed', error: { code: 'run_timeout' } }]);
  });
});

describe('history', () => {
  const before = (previous: Response, changes: Partial<Response> = {}) =>
    newResponse({ previousResponseId: previous.id, ...changes });
  const saidIn = (id: string, text: string): MessageItem => ({ ...saying(text), id });
  const idsOf = (items: readonly Item[]) => items.map(({ id }) => id);

  /** A chain of responses whose output is one message each. */
  async function chainOf(...outputs: MessageItem[]): Promise<Response[]> {
    const responses: Response[] = [];
    for (const output of outputs) {
      const previousResponseId = responses.at(-1)?.id ?? null;
      responses.push(newResponse({ status: 'completed', input: [], output: [output], previousResponseId }));
    }
    await Promise.all(responses.map((response) => store.insert(response)));
    return responses;
  }

  it('is the chain of responses, oldest first, within one owner', async () => {
    const [first, , third] = await chainOf(saidIn('a', '1'), saidIn('b', '2'), saidIn('c', '3'));
    if (!first || !third) throw new Error('a chain of three');
    const next = before(third);
    expect(idsOf(await store.history(testCaller, next))).toEqual(['a', 'b', 'c']);
    expect(await store.history(stranger, next)).toEqual([]);
    await store.delete(testCaller, first.id);
    expect(idsOf(await store.history(testCaller, next))).toEqual(['b', 'c']);
  });

  it('beyond its bytes is refused where it must not be cut, and is else its newest part', async () => {
    const responses = await chainOf(
      saidIn('a', 'x'.repeat(600)),
      saidIn('b', 'x'.repeat(600)),
      saidIn('c', 'x'.repeat(600)),
    );
    const narrow = storeWith({ contextBytesMax: 2_000 });
    const last = responses.at(-1);
    if (!last) throw new Error('a chain of three');
    expect(idsOf(await narrow.history(testCaller, before(last, { input: [] })))).toEqual(['b', 'c']);
    await expect(narrow.history(testCaller, before(last, { keepsContext: true }))).rejects.toMatchObject({
      code: 'context_too_long',
    });
    expect(idsOf(await narrow.history(testCaller, before(last, { keepsContext: true }), 'show'))).toEqual([
      'b',
      'c',
    ]);
    const tiny = storeWith({ contextBytesMax: 500 });
    await expect(tiny.history(testCaller, before(last))).rejects.toMatchObject({ code: 'context_too_long' });
  });

  it('is measured where it was stored before rows had a size', async () => {
    const [only] = await chainOf(saidIn('a', 'x'.repeat(600)));
    if (!only) throw new Error('a chain of one');
    await database.dataSource.query('update responses.responses set body_bytes = null, context_bytes = null');
    expect(idsOf(await store.history(testCaller, before(only)))).toEqual(['a']);
    const narrow = storeWith({ contextBytesMax: 500 });
    await expect(narrow.history(testCaller, before(only))).rejects.toMatchObject({
      code: 'context_too_long',
    });
  });
});

it('a page of responses ends where it would have too many bytes, and says that there are more', async () => {
  const large = (createdAt: number) =>
    newResponse({ status: 'completed', createdAt, output: [saying('x'.repeat(2_000))] });
  const [oldest, middle, newest] = [large(1_000), large(2_000), large(3_000)];
  await Promise.all([oldest, middle, newest].map((response) => store.insert(response)));
  const narrow = storeWith({ pageBytesMax: 8_000 });
  const all: ResponseFilter = {
    statuses: null,
    model: null,
    conversationId: null,
    metadata: {},
    after: null,
    limit: 100,
    order: 'desc',
  };
  const idsOf = (page: { responses: Response[]; hasMore: boolean } | null) =>
    page && { ids: page.responses.map(({ id }) => id), hasMore: page.hasMore };
  expect(idsOf(await narrow.list(testCaller, all))).toEqual({ ids: [newest.id, middle.id], hasMore: true });
  expect(idsOf(await narrow.list(testCaller, { ...all, after: middle.id }))).toEqual({
    ids: [oldest.id],
    hasMore: false,
  });
  const tiny = storeWith({ pageBytesMax: 100 });
  expect(idsOf(await tiny.list(testCaller, all))).toEqual({ ids: [newest.id], hasMore: true });
  expect(idsOf(await store.list(testCaller, { ...all, limit: 3 }))?.hasMore).toBe(false);
});

it('a sweep ends no more at once than its bytes allow, and the next one the rest', async () => {
  const narrow = storeWith({ pageBytesMax: 4_000 });
  for (let i = 0; i < 3; i++)
    await narrow.insertRunning(newResponse({ output: [saying('x'.repeat(2_000))] }));
  await expireLeases();
  expect(await narrow.sweep()).toHaveLength(2);
  expect(await narrow.sweep()).toHaveLength(1);
  expect(await narrow.sweep()).toEqual([]);
});

describe('old responses', () => {
  const madeAgoMs = (ms: number, changes = {}) => {
    const createdAt = Date.now() - ms;
    return newResponse({ id: newId('response', createdAt), createdAt, status: 'completed', ...changes });
  };

  it('are removed when they are final, oldest first and no more than are asked for', async () => {
    const [oldest, older, running, recent] = [
      madeAgoMs(90_000),
      madeAgoMs(80_000),
      madeAgoMs(100_000, { status: 'in_progress' }),
      madeAgoMs(30_000),
    ];
    for (const response of [recent, older, running, oldest]) await store.insert(response);
    const isThere = async () => {
      const found = await Promise.all(
        [oldest, older, running, recent].map(({ id }) => store.find(testCaller, id)),
      );
      return found.map((response) => response !== null);
    };
    expect(await store.removeOld(60_000, 1)).toBe(1);
    expect(await isThere()).toEqual([false, true, true, true]);
    expect(await store.removeOld(60_000, 10)).toBe(1);
    expect(await isThere()).toEqual([false, false, true, true]);
  });

  it('are removed although their calls were handed back, and kept while somebody may still decide', async () => {
    const [handedBack, waiting] = [
      madeAgoMs(90_000, { status: 'requires_action', onPause: 'hand_back' }),
      madeAgoMs(90_000, { status: 'requires_action', onPause: 'wait' }),
    ];
    for (const response of [handedBack, waiting]) await store.insert(response);
    expect(await store.removeOld(60_000, 10)).toBe(1);
    expect(await store.find(testCaller, handedBack.id)).toBeNull();
    expect(await store.find(testCaller, waiting.id)).not.toBeNull();
  });
});
