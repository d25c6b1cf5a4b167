import { noUsage, type UsageRecord } from '@antiphon/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openTestDatabase, silent, type TestDatabase } from '../testing/test-database.ts';
import { Reaper } from '../users/reaper.ts';
import { UserStore } from '../users/user.store.ts';
import { UsageCounter } from './usage-counter.ts';

let database: TestDatabase;
let counter: UsageCounter;
let userId: string;
beforeAll(async () => {
  database = await openTestDatabase();
  counter = new UsageCounter(database.dataSource, database.config);
});
afterAll(() => database.close());
beforeEach(async () => {
  await query('truncate auth.users, auth.usage_records, auth.usage_rollups cascade');
  userId = (await new UserStore(database.dataSource).addGuest()).id;
});

const query = <Row>(sql: string) => database.dataSource.query<Row[]>(sql);
const record = (recordId: string, changes: Partial<UsageRecord> = {}): UsageRecord => ({
  recordId,
  responseId: recordId,
  userId,
  tenantId: userId,
  keyId: 'key_1',
  dialect: 'openai',
  model: 'model-1',
  requestedModel: 'model',
  provider: 'first',
  status: 'completed',
  createdAt: Date.parse('2026-03-01T10:07:00Z'),
  usage: { ...noUsage, inputTokens: 10, cachedInputTokens: 4, outputTokens: 5, totalTokens: 15 },
  costUsd: 0.1,
  toolCalls: 0,
  ...changes,
});
const rollups = () =>
  query(`select slot, key_id, model, runs::int, failed_runs::int as failed, priced_runs::int as priced,
                input_tokens::int as input, cached_tokens::int as cached, output_tokens::int as output, cost::float
           from auth.usage_rollups where runs > 0 order by slot, model`);
const slot = new Date('2026-03-01T10:00:00Z');

it('adds runs up by quarter of an hour, and counts each once however often it arrives', async () => {
  const runs = [record('resp_1'), record('resp_2', { costUsd: null, status: 'failed' })];
  await Promise.all([...runs, ...runs, ...runs].map((run) => counter.count(run)));
  await counter.count(record('resp_3', { createdAt: Date.parse('2026-03-01T10:15:00Z'), model: null }));
  expect(await rollups()).toEqual([
    {
      slot,
      key_id: 'key_1',
      model: 'model-1',
      runs: 2,
      failed: 1,
      priced: 1,
      input: 20,
      cached: 8,
      output: 10,
      cost: 0.1,
    },
    expect.objectContaining({ slot: new Date('2026-03-01T10:15:00Z'), model: 'model', runs: 1 }),
  ]);
});

it('replaces the figures of a cancelled run by its later ones, in any order', async () => {
  const first = record('resp_1', { status: 'cancelled', model: null });
  const last = record('resp_1', {
    status: 'cancelled',
    usage: { ...noUsage, inputTokens: 10, outputTokens: 50, totalTokens: 60 },
  });
  const expected = [expect.objectContaining({ model: 'model-1', runs: 1, output: 50, cost: 0.1 })];
  for (const order of [
    [first, last, first],
    [last, first, last],
  ]) {
    await query('truncate auth.usage_records, auth.usage_rollups');
    for (const run of order) await counter.count(run);
    expect(await rollups()).toEqual(expected);
  }
});

it('counts the local user, and figures of the previous release', async () => {
  const local = { userId: 'user_local', tenantId: 'user_local' };
  await counter.count(record('resp_1', local));
  await counter.count({
    responseId: 'resp_2',
    ...local,
    model: 'model\u0000-1',
    usage: noUsage,
    toolCalls: 1,
  });
  expect(await rollups()).toHaveLength(2);
});

it('keeps nothing of removed accounts', async () => {
  await counter.count(record('resp_1'));
  await query(`update auth.users set last_seen_at = last_seen_at - interval '31 d'`);
  const reaper = new Reaper(database.dataSource, database.config, { hint: () => undefined }, silent);
  expect(await reaper.reap()).toMatchObject({ guests: 1 });
  await counter.count(record('resp_2'));
  expect([await rollups(), await query('select from auth.usage_records')]).toEqual([[], []]);
});

it('removes what is past its retention: rollups by config, counted runs once their events are gone', async () => {
  const { keptMs, recordsKeptMs } = database.config.usage;
  await counter.count(record('resp_1', { createdAt: Date.now() - keptMs - 3_600_000 }));
  await counter.count(record('resp_2', { createdAt: Date.now() }));
  await query(
    `update auth.usage_records set counted_at = counted_at - interval '${recordsKeptMs} ms' where record_id = 'resp_1'`,
  );
  const reaper = new Reaper(database.dataSource, database.config, { hint: () => undefined }, silent);
  expect(await reaper.reap()).toMatchObject({ usageRollups: 1, usageRecords: 1 });
  expect([await rollups(), await query('select from auth.usage_records')]).toMatchObject([
    { length: 1 },
    { length: 1 },
  ]);
});
