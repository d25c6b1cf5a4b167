import {
  type EventContract,
  type NewEvent,
  type Response,
  responseCreated,
  responseMoved,
  toolExecuted,
  usageRecorded,
} from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import {
  asks,
  directSchemas,
  says,
  ScriptedModel,
  ScriptedTools,
  serverTool,
  testLimits,
} from '@antiphon/engine/testing';
import { createLogger } from '@antiphon/service-kit';
import { createTestDatabase, MemoryBus, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ActiveRuns } from '../runs/active-runs.ts';
import { responsesSchema } from '../database/database-schema.ts';
import { LeaseKeeper } from '../runs/lease-keeper.ts';
import { ResponseRunner } from '../runs/response-runner.ts';
import { RunEvents } from './run-events.ts';
import { anyModels } from '../testing/any-models.ts';
import { newResponse } from '../testing/new-response.ts';
import { storeLimits } from '../testing/store-limits.ts';
import { ResponseStore } from '../responses/response.store.ts';
import { testThoughts } from '../testing/test-thoughts.ts';

let database: TestDatabase;
let hints = 0;
const storeWith = (changes: { leaseMs?: number } = {}) =>
  new ResponseStore(
    database.dataSource,
    'worker-1',
    { ...storeLimits, pauseMs: { hand_back: null, wait: 0, hold: 0 }, ...changes },
    { hint: () => hints++ },
  );
let store: ResponseStore;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
  store = storeWith();
});
afterAll(() => database.drop());
beforeEach(() => database.dataSource.query('truncate responses.responses, responses.outbox cascade'));

const contracts = new Map<string, EventContract<unknown>>(
  [responseCreated, ...Object.values(responseMoved), toolExecuted, usageRecorded].map((contract) => [
    contract.subject,
    contract,
  ]),
);

/** What stands in the outbox, in order; each event as its contract wants it. */
async function told(): Promise<NewEvent[]> {
  const rows = await database.dataSource.query<{ events: NewEvent[] }[]>(
    'select events from responses.outbox order by id',
  );
  const events = rows.flatMap((row) => row.events);
  for (const { subject, version, data } of events) {
    const contract = contracts.get(subject);
    expect(version).toBe(contract?.version);
    expect(contract?.data.parse(data)).toEqual(data);
  }
  return events;
}
const subjects = async () => (await told()).map(({ subject }) => subject.replace('events.', ''));

const queued = (changes: Partial<Response> = {}) =>
  newResponse({ status: 'queued', background: true, queuedAt: Date.now(), ...changes });

async function claimOne() {
  const [claim] = await store.claim(1);
  if (!claim) throw new Error('nothing to claim');
  return claim;
}

async function run(start: { response: Response; lease: Parameters<ResponseStore['save']>[0] | null }) {
  const bus = new MemoryBus();
  const runs = new ActiveRuns(bus);
  const logger = createLogger('test', 'silent');
  const runner = new ResponseRunner({
    store,
    runs,
    leases: new LeaseKeeper(store, logger, 1_000),
    events: new RunEvents(store, bus, { pollMs: 50, page: { burstsMax: 10, bytesMax: 1_000 } }),
    log: { flushMs: 5, flushBytes: 4_096, bufferBytes: 65_536 },
    model: new ScriptedModel(asks({ name: 'search', arguments: '{"q":"a secret"}' }), says('another secret')),
    models: anyModels,
    tools: new ScriptedTools(serverTool('search', {}, async () => 'a third secret')),
    thoughts: testThoughts,
    schemas: directSchemas,
    limits: testLimits,
    logger,
  });
  for await (const _burst of runner.run(testCaller, {
    ...start,
    history: [],
    timeoutMs: 10_000,
    mayMove: true,
  }));
}

it('tells every step of a background run, with ids and figures only', async () => {
  const response = queued({ instructions: 'a secret of the caller' });
  await store.insert(response);
  await run(await claimOne());
  expect(await subjects()).toEqual([
    'responses.created',
    'responses.queued',
    'responses.in_progress',
    'tools.executed',
    'responses.completed',
    'usage.recorded',
  ]);
  const events = await told();
  expect(JSON.stringify(events)).not.toContain('secret');
  const { id: responseId, userId, tenantId } = response;
  for (const { data } of events) expect(data).toMatchObject({ responseId, userId, tenantId });
  expect(events[2]?.data).toEqual(events[1]?.data);
  expect(events[3]?.data).toMatchObject({ tool: 'search', depth: 0, status: 'completed', errorCode: null });
  const stored = await store.find(testCaller, responseId);
  expect(events[4]?.data).toMatchObject({ usage: stored?.usage, toolCalls: 1, errorCode: null });
  expect(events[5]?.data).toMatchObject({ usage: stored?.usage, toolCalls: 1 });
});

it('tells of a plain foreground run when it is stored, once it has ended', async () => {
  await Promise.all(Array.from({ length: 3 }, () => store.insert(newResponse({ status: 'completed' }))));
  const all = await subjects();
  expect(all.filter((subject) => subject === 'responses.created')).toHaveLength(3);
  expect(all.filter((subject) => subject === 'responses.completed')).toHaveLength(3);
  expect(all).not.toContain('responses.in_progress');
});

it('tells nothing but figures of what is not stored', async () => {
  await run({ response: newResponse({ stored: false }), lease: null });
  await expect.poll(subjects).toEqual(['usage.recorded']);
  const [event] = await told();
  expect(event?.data).toMatchObject({ responseId: null, userId: testCaller.userId, toolCalls: 1 });
  expect(JSON.stringify(event)).not.toMatch(/resp_|secret|search/);
});

it('tells nothing of what a run that lost its lease would have done', async () => {
  await store.insert(queued());
  const { lease, response } = await claimOne();
  await database.dataSource.query('update responses.responses set lease_epoch = lease_epoch + 1');
  const before = await subjects();
  const events = [{ subject: toolExecuted.subject, version: toolExecuted.version, data: null }];
  expect(await store.save(lease, response, events)).toBe(false);
  expect(await store.finish(lease, { ...response, status: 'completed' }, { events })).toBe(false);
  expect(await subjects()).toEqual(before);
});

it('tells of a takeover nothing: the response was in progress before', async () => {
  await store.insert(queued());
  await claimOne();
  await database.dataSource.query(
    `update responses.responses set lease_until = clock_timestamp() - interval '1 s'`,
  );
  await claimOne();
  expect((await subjects()).filter((subject) => subject === 'responses.in_progress')).toHaveLength(1);
});

it('tells once of a cancel, however often it is asked for', async () => {
  const response = queued();
  await store.insert(response);
  await Promise.all([store.cancel(testCaller, response.id), store.cancel(testCaller, response.id)]);
  expect(await subjects()).toEqual(['responses.created', 'responses.queued', 'responses.cancelled']);
});

it('tells of a pause, and of its end by the sweeper', async () => {
  await store.insert(queued({ onPause: 'wait' }));
  const { lease, response } = await claimOne();
  await store.finish(lease, { ...response, status: 'requires_action' });
  await store.sweep();
  expect((await subjects()).slice(3)).toEqual(['responses.requires_action', 'responses.failed']);
  expect((await told()).at(-1)?.data).toMatchObject({ errorCode: 'run_timeout' });
});

it('hints at what it has committed', async () => {
  const before = hints;
  await store.insert(queued());
  expect(hints).toBeGreaterThan(before);
});
