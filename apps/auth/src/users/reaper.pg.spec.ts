import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { Reaper } from './reaper.ts';
import { SessionStore } from '../sessions/session.store.ts';
import { openTestDatabase, silent, type TestDatabase } from '../testing/test-database.ts';
import { UserStore } from './user.store.ts';

let database: TestDatabase;
let reaper: Reaper;
let users: UserStore;
let sessions: SessionStore;
let hints = 0;
beforeAll(async () => {
  database = await openTestDatabase({ accounts: { reap_batch: 2 } });
  reaper = new Reaper(database.dataSource, database.config, { hint: () => hints++ }, silent);
  users = new UserStore(database.dataSource);
  sessions = new SessionStore(database.dataSource, database.config);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.dataSource.query('truncate auth.users, auth.revoked_tokens, auth.outbox cascade');
  hints = 0;
});

const query = (statement: string) => database.dataSource.query(statement);
const makeEveryoneIdle = () => query(`update auth.users set last_seen_at = last_seen_at - interval '31 d'`);

describe('the reaper', () => {
  it('removes idle guests with all their rows, in batches', async () => {
    for (let i = 0; i < 5; i++) await sessions.open((await users.addGuest()).id);
    await makeEveryoneIdle();
    const recent = await users.addGuest();
    expect(await reaper.reap()).toMatchObject({ guests: 5 });
    expect(await query('select id from auth.users')).toEqual([{ id: recent.id }]);
    expect(await query('select from auth.refresh_tokens')).toEqual([]);
  });

  it('publishes the removal of each guest', async () => {
    const ids = [(await users.addGuest()).id, (await users.addGuest()).id, (await users.addGuest()).id];
    await makeEveryoneIdle();
    await users.addGuest();
    await reaper.reap();
    const published = await database.dataSource.query<{ event: unknown }[]>(
      'select json_array_elements(events) as event from auth.outbox',
    );
    expect(new Set(published.map(({ event }) => event))).toEqual(
      new Set(ids.map((userId) => ({ subject: 'events.users.removed', version: 1, data: { userId } }))),
    );
    expect(hints).toBeGreaterThan(0);
  });

  it('keeps a guest during its upgrade', async () => {
    const { id } = await users.addGuest();
    await makeEveryoneIdle();
    await database.dataSource.transaction(async (db) => {
      await db.query(`update auth.users set kind = 'user', email = 'a@example.com' where id = $1`, [id]);
      expect(await reaper.reap()).toMatchObject({ guests: 0 });
    });
    expect(await reaper.reap()).toMatchObject({ guests: 0 });
    expect(await query('select from auth.outbox')).toEqual([]);
  });

  it('keeps users, and guests whose API key is in use', async () => {
    const [user, keyHolder] = [await users.addGuest(), await users.addGuest()];
    await users.upgrade(user.id, { email: 'kept@example.com', username: null, fullName: null });
    const caller = { userId: keyHolder.id, tenantId: keyHolder.id, kind: 'guest', scopes: [] } as const;
    await new ApiKeyStore(database.dataSource, database.config).add(caller, 'robot');
    await makeEveryoneIdle();
    expect(await reaper.reap()).toMatchObject({ guests: 0 });
    await query(`update auth.api_keys set created_at = created_at - interval '31 d'`);
    expect(await reaper.reap()).toMatchObject({ guests: 1 });
  });

  it('removes sessions once all their tokens have expired', async () => {
    await sessions.open((await users.addGuest()).id);
    await query(`update auth.sessions set expires_at = clock_timestamp() - interval '15 min'`);
    expect(await reaper.reap()).toMatchObject({ sessions: 0 });
    await query(`update auth.sessions set expires_at = clock_timestamp() - interval '17 min'`);
    expect(await reaper.reap()).toMatchObject({ sessions: 1 });
  });

  it('removes refresh tokens that were used long ago and keeps the newest', async () => {
    const { refreshToken } = await sessions.open((await users.addGuest()).id);
    const refresh = await sessions.refresh(refreshToken);
    await query(`update auth.refresh_tokens set used_at = used_at - interval '31 d'`);
    expect(await reaper.reap()).toMatchObject({ refreshTokens: 1 });
    const successor = 'refreshToken' in refresh ? refresh.refreshToken : '';
    expect(await sessions.refresh(successor)).toMatchObject({ outcome: 'rotated' });
  });

  it('removes revocations of expired tokens', async () => {
    await sessions.revokeToken('gone', new Date(Date.now() - 120_000));
    await sessions.revokeToken('alive', new Date(Date.now() + 120_000));
    expect(await reaper.reap()).toMatchObject({ revokedTokens: 1 });
    expect(await sessions.isTokenRevoked('alive')).toBe(true);
  });
});
