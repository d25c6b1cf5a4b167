import type { Caller } from '@antiphon/contracts';
import { plansOf, rowsRead, scansOf } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { openTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { AccountAdmin } from './account-admin.ts';

const idOf = (n: number) => `user_${String(n).padStart(6, '0')}`;
const owner: Caller = { userId: idOf(1), tenantId: idOf(1), kind: 'user', scopes: [] };
let database: TestDatabase;
let apiKeys: ApiKeyStore;
let admin: AccountAdmin;

/** 30,000 accounts, the one with the largest number the newest, with an API key each. */
beforeAll(async () => {
  database = await openTestDatabase();
  const { dataSource, config } = database;
  await dataSource.query(
    `insert into auth.users (id, username, kind, created_at)
     select 'user_' || lpad(n::text, 6, '0'), 'guest-' || n, 'guest', to_timestamp(n) from generate_series(1, 30000) n`,
  );
  await dataSource.query(
    `insert into auth.api_keys (id, user_id, name, hash, last4)
     select 'key_' || n, 'user_' || lpad(n::text, 6, '0'), 'laptop', decode(lpad(n::text, 8, '0'), 'hex'), 'abcd'
       from generate_series(1, 30000) n`,
  );
  await dataSource.query('vacuum analyze auth.users, auth.api_keys');
  apiKeys = new ApiKeyStore(dataSource, config);
  admin = new AccountAdmin(dataSource, apiKeys);
});
afterAll(() => database.close());

it('lists the API keys of an account from their index', async () => {
  const plans = await plansOf(database.dataSource, () => apiKeys.list(owner));
  expect(plans.map(scansOf)).toEqual([['api_keys_user']]);
  expect(plans.map(rowsRead)).toEqual([1]);
});

it('lists the newest accounts from their index', async () => {
  const plans = await plansOf(database.dataSource, async () => {
    const listed = await admin.list('', 3);
    expect(listed.map(({ id }) => id)).toEqual([idOf(30_000), idOf(29_999), idOf(29_998)]);
  });
  expect(plans.map(scansOf)).toEqual([['users_by_time']]);
  expect(plans.map(rowsRead)).toEqual([3]);
});

it('compares a text with a bounded number of accounts, the newest first', async () => {
  const plans = await plansOf(database.dataSource, async () => {
    const listed = await admin.list('GUEST-2999', 20);
    expect(listed.map(({ username }) => username)).toEqual(
      Array.from({ length: 10 }, (_, i) => `guest-${29_999 - i}`),
    );
  });
  expect(plans.flatMap(scansOf)).toContain('users_by_time');
  expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(2 * 20_000 + 20);
});

it('finds an account of any age by its id, its username or its address', async () => {
  await database.dataSource.query(`update auth.users set email = 'Old@Example.com' where id = $1`, [idOf(7)]);
  for (const text of [idOf(7), 'guest-7', 'old@example.com'])
    expect((await admin.list(text, 5)).map(({ id }) => id)).toContain(idOf(7));
});

it('reports that older accounts were not compared where none of the compared ones matches', async () => {
  await database.dataSource.query(`update auth.users set username = 'archived' where id = $1`, [idOf(9)]);
  await expect(admin.list('rchive', 5)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('None of the newest 20000 accounts') as string,
  });
});
