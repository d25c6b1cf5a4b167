import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { openTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { AccountAdmin } from './account-admin.ts';
import { UserStore } from './user.store.ts';

let database: TestDatabase;
let users: UserStore;
let admin: AccountAdmin;
beforeAll(async () => {
  database = await openTestDatabase();
  users = new UserStore(database.dataSource);
  admin = new AccountAdmin(database.dataSource, new ApiKeyStore(database.dataSource, database.config));
});
afterAll(() => database.close());

const upgrade = (email: string, username: string | null = null) => ({ email, username, fullName: null });

describe('accounts', () => {
  it('begin as guests with unique names', async () => {
    const [one, other] = [await users.addGuest(), await users.addGuest()];
    expect(one.username).toMatch(/^guest-[0-9a-z]{12}$/);
    expect(other.username).not.toBe(one.username);
    expect(await users.get(one.id)).toMatchObject({ ...one, email: null, fullName: null });
  });

  it('become users and keep their name without a new one', async () => {
    const { id, username } = await users.addGuest();
    await users.upgrade(id, { email: 'Ada@example.com', username: null, fullName: 'Ada Lovelace' });
    expect(await users.get(id)).toMatchObject({
      kind: 'user',
      email: 'Ada@example.com',
      fullName: 'Ada Lovelace',
      username,
    });
  });

  it('may be upgraded again with the same address, and with another until one is proven', async () => {
    const { id } = await users.addGuest();
    await users.upgrade(id, upgrade('again@example.com', 'again'));
    await users.upgrade(id, upgrade('Again@example.com', 'ignored'));
    expect(await users.get(id)).toMatchObject({ email: 'again@example.com', username: 'again' });
    await users.upgrade(id, upgrade('other@example.com'));
    expect(await users.get(id)).toMatchObject({ email: 'other@example.com', emailVerifiedAt: null });
    await admin.verifyEmail(id, null);
    await expect(users.upgrade(id, upgrade('third@example.com'))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('refuse a name that another account has', async () => {
    const [one, other] = [await users.addGuest(), await users.addGuest()];
    await users.upgrade(one.id, upgrade('taken@example.com', 'taken'));
    await expect(users.upgrade(other.id, upgrade('free@example.com', 'taken'))).rejects.toMatchObject({
      code: 'conflict',
      param: 'username',
    });
    expect(await users.get(other.id)).toMatchObject({ kind: 'guest', email: null });
  });

  it('may claim one address, which is proven for one of them only', async () => {
    const guests = await Promise.all(Array.from({ length: 8 }, () => users.addGuest()));
    await Promise.all(guests.map(({ id }) => users.upgrade(id, upgrade('race@example.com'))));
    const results = await Promise.allSettled(guests.map(({ id }) => admin.verifyEmail(id, null)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const found = await Promise.all(guests.map(({ id }) => users.get(id)));
    expect(found.map((user) => user.email)).toEqual(guests.map(() => 'race@example.com'));
    expect(found.filter((user) => user.emailVerifiedAt !== null)).toHaveLength(1);
  });

  it('that were removed cannot be upgraded', async () => {
    await expect(users.upgrade('user_gone', upgrade('gone@example.com'))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});
