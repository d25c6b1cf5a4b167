import type { Caller } from '@antiphon/contracts';
import { newId } from '@antiphon/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSecretToken } from '../sessions/secret-token.ts';
import { openTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { AccountAdmin } from '../users/account-admin.ts';
import { UserStore } from '../users/user.store.ts';
import { ApiKeyStore } from './api-key.store.ts';

let database: TestDatabase;
let apiKeys: ApiKeyStore;
beforeAll(async () => {
  database = await openTestDatabase({ accounts: { api_keys_max: 3 } });
  apiKeys = new ApiKeyStore(database.dataSource, database.config);
});
afterAll(() => database.close());

async function newCaller(): Promise<Caller> {
  const { id } = await new UserStore(database.dataSource).addGuest();
  return { userId: id, tenantId: id, kind: 'guest', scopes: [] };
}

const lastUse = async (caller: Caller) => (await apiKeys.list(caller))[0]?.lastUsedAt ?? null;

describe('API keys', () => {
  it('are shown once and then known by their last four characters', async () => {
    const caller = await newCaller();
    const made = await apiKeys.add(caller, 'laptop');
    expect(made.key).toMatch(/^sk_[\w-]{43}$/);
    const [listed, ...others] = await apiKeys.list(caller);
    expect(others).toEqual([]);
    expect(listed).toMatchObject({
      id: made.id,
      name: 'laptop',
      last4: made.key.slice(-4),
      lastUsedAt: null,
    });
    expect(JSON.stringify(listed)).not.toMatch(/hash|sk_/);
  });

  it('are not stored', async () => {
    const { key } = await apiKeys.add(await newCaller(), 'laptop');
    const rows: { row: string }[] = await database.dataSource.query(
      'select api_key::text as row from auth.api_keys api_key',
    );
    expect(rows.map(({ row }) => row).join()).toContain(key.slice(-4));
    for (const { row } of rows) {
      expect(row).not.toContain(key);
      expect(row).not.toContain(Buffer.from(key).toString('hex'));
    }
  });

  it('identify their owner', async () => {
    const caller = await newCaller();
    const { id, key } = await apiKeys.add(caller, 'laptop');
    expect(await apiKeys.callerOf(key)).toEqual({
      userId: caller.userId,
      tenantId: caller.userId,
      kind: 'key',
      scopes: ['api'],
      ownerKind: 'guest',
      keyId: id,
    });
  });

  it('have the present kind of their owner’s account and the scopes that they were made with', async () => {
    const { userId } = await newCaller();
    const { key } = await apiKeys.add({ userId }, 'operator', { scopes: ['api', 'admin'] });
    expect(await apiKeys.callerOf(key)).toMatchObject({ ownerKind: 'guest', scopes: ['api', 'admin'] });
    await new UserStore(database.dataSource).upgrade(userId, {
      email: `${userId}@example.com`,
      username: null,
      fullName: null,
    });
    expect(await apiKeys.callerOf(key)).toMatchObject({ ownerKind: 'guest' });
    await new AccountAdmin(database.dataSource, apiKeys).verifyEmail(userId, null);
    expect(await apiKeys.callerOf(key)).toMatchObject({ ownerKind: 'user', scopes: ['api', 'admin'] });
  });

  it.each([
    ['empty', ''],
    ['too short', 'sk_'],
    ['with a NUL', 'sk_\u0000'],
    ['never made', newSecretToken('sk')],
    ['a refresh token', newSecretToken('rt')],
  ])('that are unknown have no owner: %s', async (_what, key) => {
    expect(await apiKeys.callerOf(key)).toBeNull();
  });

  it('end when their owner deletes them, and only then', async () => {
    const [caller, stranger] = [await newCaller(), await newCaller()];
    const { id, key } = await apiKeys.add(caller, 'laptop');
    await expect(apiKeys.delete(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await apiKeys.callerOf(key)).not.toBeNull();
    await apiKeys.delete(caller, id);
    expect(await apiKeys.callerOf(key)).toBeNull();
    await expect(apiKeys.delete(caller, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['never made', newId('apiKey')],
    ['too short', 'key_'],
    ['with a NUL', '\u0000'],
    ['that is no id', 'key_1; drop table'],
  ])('that are unknown cannot be deleted: %s', async (_what, id) => {
    await expect(apiKeys.delete(await newCaller(), id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('record their last use to the minute', async () => {
    const caller = await newCaller();
    const { id, key } = await apiKeys.add(caller, 'laptop');
    await apiKeys.callerOf(key);
    const first = await lastUse(caller);
    expect(first).toBeInstanceOf(Date);
    await apiKeys.callerOf(key);
    expect(await lastUse(caller)).toEqual(first);
    await database.dataSource.query(
      `update auth.api_keys set last_used_at = last_used_at - interval '61 s' where id = $1`,
      [id],
    );
    await apiKeys.callerOf(key);
    expect((await lastUse(caller))!.getTime()).toBeGreaterThanOrEqual(first!.getTime());
  });

  it('stay within the limit for simultaneous requests', async () => {
    const caller = await newCaller();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => apiKeys.add(caller, 'many')));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(3);
    await expect(apiKeys.add(caller, 'one more')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are not made for an account that was removed', async () => {
    await expect(apiKeys.add({ ...(await newCaller()), userId: 'user_gone' }, 'ghost')).rejects.toMatchObject(
      {
        code: 'unauthenticated',
      },
    );
  });
});
