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
import { asks, says, ScriptedModel, ScriptedTools, serverTool } from '@antiphon/engine/testing';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import type { Lease } from '../runs/lease.ts';
import { testRunner } from '../testing/test-runner.ts';
import { newResponse } from '../testing/new-response.ts';
import { testStores } from '../testing/test-stores.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database } = await responsesDatabase();
let hints = 0;
const storesWith = (changes: { leaseMs?: number } = {}) =>
  testStores(database.dataSource, {
    limits: { pauseMs: { hand_back: null, wait: 0, stay: 0, hold: 0 }, ...changes },
    outbox: { hint: () => hints++ },
  });
const stores = storesWith();

const contracts = new Map<string, EventContract<unknown>>(
  [responseCreated, ...Object.values(responseMoved), toolExecuted, usageRecorded].map((contract) => [
    contract.subject,
    contract,
  ]),
);

/** The events in the outbox, in order, each checked by its contract. */
async function outboxEvents(): Promise<NewEvent[]> {
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
const subjects = async () => (await outboxEvents()).map(({ subject }) => subject.replace('events.', ''));

const queued = (changes: Partial<Response> = {}) =>
  newResponse({ status: 'queued', background: true, queuedAt: Date.now(), ...changes });

async function claimOne() {
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  return claim;
}

async function run(start: { response: Response; lease: Lease | null }) {
  const { runner, keeper } = testRunner(stores, new MemoryBus(), {
    model: new ScriptedModel(asks({ name: 'search', arguments: '{"q":"a secret"}' }), says('another secret')),
    tools: new ScriptedTools(serverTool('search', {}, async () => 'a third secret')),
  });
  for await (const _burst of runner.run(testCaller, {
    ...start,
    history: [],
    timeoutMs: 10_000,
    mayMove: true,
  }));
  keeper.stop();
}

it('publishes every step of a background run, with ids and figures only', async () => {
  const response = queued({ instructions: 'a secret of the caller' });
  await stores.responses.insert(response);
  await run(await claimOne());
  expect(await subjects()).toEqual([
    'responses.created',
    'responses.queued',
    'responses.in_progress',
    'tools.executed',
    'responses.completed',
    'usage.recorded',
  ]);
  const events = await outboxEvents();
  expect(JSON.stringify(events)).not.toContain('secret');
  const { id: responseId, userId, tenantId } = response;
  for (const { data } of events) expect(data).toMatchObject({ responseId, userId, tenantId });
  expect(events[2]?.data).toEqual(events[1]?.data);
  expect(events[3]?.data).toMatchObject({ tool: 'search', depth: 0, status: 'completed', errorCode: null });
  const stored = await stores.responses.find(testCaller, responseId);
  expect(events[4]?.data).toMatchObject({ usage: stored?.usage, toolCalls: 1, errorCode: null });
  expect(events[5]?.data).toMatchObject({
    recordId: responseId,
    status: 'completed',
    dialect: response.dialect,
    requestedModel: response.model,
    createdAt: response.createdAt,
    keyId: null,
    usage: stored?.usage,
    toolCalls: 1,
  });
});

it('publishes the events of a plain foreground run when it is stored, after its end', async () => {
  await Promise.all(
    Array.from({ length: 3 }, () => stores.responses.insert(newResponse({ status: 'completed' }))),
  );
  const all = await subjects();
  expect(all.filter((subject) => subject === 'responses.created')).toHaveLength(3);
  expect(all.filter((subject) => subject === 'responses.completed')).toHaveLength(3);
  expect(all).not.toContain('responses.in_progress');
});

it('publishes only usage of an unstored response', async () => {
  await run({ response: newResponse({ stored: false }), lease: null });
  await expect.poll(subjects).toEqual(['usage.recorded']);
  const [event] = await outboxEvents();
  expect(event?.data).toMatchObject({ responseId: null, userId: testCaller.userId, toolCalls: 1 });
  expect(JSON.stringify(event)).not.toMatch(/resp_|secret|search/);
});

it('publishes nothing of a run that has lost its lease', async () => {
  await stores.responses.insert(queued());
  const { lease, response } = await claimOne();
  await database.dataSource.query('update responses.responses set lease_epoch = lease_epoch + 1');
  const before = await subjects();
  const events = [{ subject: toolExecuted.subject, version: toolExecuted.version, data: null }];
  expect(await stores.leases.checkpoint(lease, response, events)).toBe(false);
  expect(await stores.leases.finish(lease, { ...response, status: 'completed' }, { events })).toBe(false);
  expect(await subjects()).toEqual(before);
});

it('publishes nothing when a run is taken over: the response was in progress before', async () => {
  await stores.responses.insert(queued());
  await claimOne();
  await database.dataSource.query(
    `update responses.responses set lease_until = clock_timestamp() - interval '1 s'`,
  );
  await claimOne();
  expect((await subjects()).filter((subject) => subject === 'responses.in_progress')).toHaveLength(1);
});

it('publishes a cancel once, however often it is requested', async () => {
  const response = queued();
  await stores.responses.insert(response);
  await Promise.all([
    stores.responses.cancel(testCaller, response.id),
    stores.responses.cancel(testCaller, response.id),
  ]);
  expect(await subjects()).toEqual([
    'responses.created',
    'responses.queued',
    'responses.cancelled',
    'usage.recorded',
  ]);
});

it('publishes a pause, and its end by the sweeper', async () => {
  await stores.responses.insert(queued({ onPause: 'wait' }));
  const { lease, response } = await claimOne();
  await stores.leases.finish(lease, { ...response, status: 'requires_action' });
  await stores.leases.sweep();
  expect((await subjects()).slice(3)).toEqual([
    'responses.requires_action',
    'responses.failed',
    'usage.recorded',
  ]);
  const [failed, usage] = (await outboxEvents()).slice(-2);
  expect(failed?.data).toMatchObject({ errorCode: 'run_timeout' });
  expect(usage?.data).toMatchObject({ status: 'failed', recordId: response.id });
});

it('hints the relay after each commit', async () => {
  const before = hints;
  await stores.responses.insert(queued());
  expect(hints).toBeGreaterThan(before);
});
