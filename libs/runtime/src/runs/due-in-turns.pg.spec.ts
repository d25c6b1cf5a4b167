import { newId, type Response } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { dueInTurns } from './due-in-turns.ts';
import { newResponse } from '../testing/new-response.ts';
import { storeLimits } from '../testing/test-stores.ts';
import type { Claim } from './lease.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
const storesOf = (owner: string) => storesWith({}, owner);
const stores = storesOf('worker-1');

/** Queues runs of a user, one after the other. */
async function queue(userId: string, count: number): Promise<Response[]> {
  const firstAt = Date.now();
  const queued = Array.from({ length: count }, (_, place) =>
    newResponse({
      userId,
      status: 'queued',
      background: true,
      createdAt: firstAt + place,
      queuedAt: firstAt + place,
    }),
  );
  await Promise.all(queued.map((response) => stores.responses.insert(response)));
  return queued;
}

const usersOf = (claims: readonly Claim[]) => claims.map(({ response }) => response.userId);

/** Very many queued runs, inserted by one statement. */
async function queueMany(users: number, runsEach: number): Promise<void> {
  const [template] = await queue('user_template', 1);
  await database.dataSource.query(
    `insert into responses.responses
       (id, user_id, tenant_id, status, background, body, created_at)
     select 'resp_' || u || '_' || n, 'user_' || u, 'tenant', 'queued', true, body, created_at + n * interval '1 ms'
       from responses.responses, generate_series(1, $2::int) u, generate_series(1, $3::int) n
      where id = $1`,
    [template?.id, users, runsEach],
  );
  await database.dataSource.query(`delete from responses.responses where id = $1`, [template?.id]);
  await database.dataSource.query('analyze responses.responses');
}

describe('users take turns', () => {
  it('so that the first run of one user does not wait for the 300 runs of another', async () => {
    await queue('user_many', 300);
    await queue('user_one', 1);
    const order: string[] = [];
    for (let turn = 0; turn < 4; turn++) order.push(...usersOf(await stores.leases.claim(1)));
    expect(order).toEqual(['user_many', 'user_one', 'user_many', 'user_many']);
  });

  it('within one claim, and the runs of each user in their order', async () => {
    const [first, second] = await queue('user_a', 3);
    const [other] = await queue('user_b', 1);
    const claims = await stores.leases.claim(3);
    expect(claims.map(({ response }) => response.id).toSorted()).toEqual(
      [first?.id, second?.id, other?.id].toSorted(),
    );
  });

  it('and their runs in progress in all processes count', async () => {
    await queue('user_a', 5);
    expect(await storesOf('worker-2').leases.claim(3)).toHaveLength(3);
    await queue('user_b', 3);
    expect(usersOf(await stores.leases.claim(3))).toEqual(['user_b', 'user_b', 'user_b']);
  });

  it('also for runs whose runner is gone', async () => {
    await queue('user_a', 2);
    await stores.leases.claim(2);
    await queue('user_b', 1);
    await database.dataSource.query(
      `update responses.responses set lease_until = clock_timestamp() - interval '1 s' where status = 'in_progress'`,
    );
    expect(usersOf(await stores.leases.claim(2)).toSorted()).toEqual(['user_a', 'user_b']);
  });
});

describe('places for users without a run in progress', () => {
  it('are left free by further runs of one user, and taken by the first run of another', async () => {
    await queue('user_many', 20);
    expect(await stores.leases.claim(4, { firstOnlyMax: 1 })).toHaveLength(3);
    expect(await stores.leases.claim(1, { firstOnlyMax: 1 })).toEqual([]);
    await queue('user_one', 2);
    expect(usersOf(await stores.leases.claim(1, { firstOnlyMax: 1 }))).toEqual(['user_one']);
  });

  it('do not delay the first runs of several users', async () => {
    for (const user of ['user_a', 'user_b', 'user_c', 'user_d']) await queue(user, 2);
    expect(usersOf(await stores.leases.claim(4, { firstOnlyMax: 1 })).toSorted()).toEqual([
      'user_a',
      'user_b',
      'user_c',
      'user_d',
    ]);
  });
});

it('gives each run to one of several workers that claim at the same time', async () => {
  await queue('user_a', 12);
  await queue('user_b', 12);
  const workers = ['worker-1', 'worker-2', 'worker-3', 'worker-4'].map(storesOf);
  const claimed = new Set<string>();
  let count = 0;
  for (let round = 0; round < 6 && count < 24; round++) {
    const claims = (await Promise.all(workers.map((worker) => worker.leases.claim(3)))).flat();
    for (const { response } of claims) claimed.add(response.id);
    count += claims.length;
  }
  expect([count, claimed.size]).toEqual([24, 24]);
});

it('claims up to the run that reaches the bytes, with the history that it may have', async () => {
  const long = 'x'.repeat(500_000);
  const [first] = await queue('user_a', 1);
  const further: Partial<Response>[] = [
    { instructions: long },
    { previousResponseId: first?.id ?? null },
    {},
  ];
  for (const [place, changes] of further.entries()) {
    const createdAt = Date.now() + 1_000 + place;
    await stores.responses.insert(
      newResponse({ userId: 'user_a', status: 'queued', background: true, createdAt, ...changes }),
    );
  }
  expect(await stores.leases.claim(4, { bytesMax: 400_000 })).toHaveLength(2);
  const claims = await stores.leases.claim(4, { bytesMax: 900_000 });
  expect(claims.map(({ bytes, bytesMax }) => bytesMax - bytes)).toEqual([storeLimits.contextBytesMax]);
});

it('counts the queued responses of a user, up to the requested number', async () => {
  await queue('user_a', 5);
  await queue('user_b', 1);
  expect(await stores.responses.countQueued('user_a', 100)).toBe(5);
  expect(await stores.responses.countQueued('user_a', 3)).toBe(3);
  expect(await stores.responses.countQueued(newId('user'), 3)).toBe(0);
});

interface Plan {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: Plan[];
}

/** How many rows the scans of a plan read from tables and indexes. */
function rowsRead(plan: Plan): number {
  const isScan = /^(Seq|Index|Index Only|Bitmap Heap) Scan$/.test(plan['Node Type']);
  const own = isScan ? plan['Actual Rows'] * plan['Actual Loops'] : 0;
  return own + (plan.Plans ?? []).reduce((sum, part) => sum + rowsRead(part), 0);
}

it('reads a few rows of each waiting user, and not the whole queue', async () => {
  const [users, runsEach, wanted] = [20, 1_000, 4];
  await queueMany(users, runsEach);
  const values = [wanted, storeLimits.attemptsMax, null, null, null, wanted, null, 0];
  const statement = values.reduce<string>(
    (sql, value, place) => sql.replaceAll(`$${place + 1}`, String(value)),
    `with recursive ${dueInTurns} select count(*) from due`,
  );
  const [row] = await database.dataSource.query<
    { 'QUERY PLAN': [{ Plan: Plan; 'Execution Time': number }] }[]
  >(`explain (analyze, format json) ${statement}`);
  const [explained] = row?.['QUERY PLAN'] ?? [];
  expect(explained && rowsRead(explained.Plan)).toBeLessThan(users * (wanted + 4));
  const claims = await stores.leases.claim(wanted);
  expect(new Set(claims.map(({ response }) => response.id.split('_')[1])).size).toBe(wanted);
});
