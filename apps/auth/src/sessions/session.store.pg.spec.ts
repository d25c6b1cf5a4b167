import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSecretToken } from './secret-token.ts';
import { openTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { UserStore } from '../users/user.store.ts';
import { type OpenSession, type Refresh, SessionStore } from './session.store.ts';

let database: TestDatabase;
let sessions: SessionStore;
beforeAll(async () => {
  database = await openTestDatabase();
  sessions = new SessionStore(database.dataSource, database.config);
});
afterAll(() => database.close());

async function login(): Promise<OpenSession> {
  const { id } = await new UserStore(database.dataSource).addGuest();
  return sessions.open(id);
}

function tokenOf(refresh: Refresh): string {
  if (!('refreshToken' in refresh)) throw new Error(`the refresh was ${refresh.outcome}`);
  return refresh.refreshToken;
}

/** Moves the times of a session's tokens into the past, beyond the grace for lost answers. */
async function passGrace({ sessionId }: OpenSession): Promise<void> {
  await database.dataSource.query(
    `update auth.refresh_tokens set used_at = used_at - interval '11 s' where session_id = $1`,
    [sessionId],
  );
}

describe('refresh tokens', () => {
  it('are used once and have one successor', async () => {
    const session = await login();
    const first = await sessions.refresh(session.refreshToken);
    expect(first).toMatchObject({ outcome: 'rotated', sessionId: session.sessionId, userId: session.userId });
    expect(tokenOf(first)).not.toBe(session.refreshToken);
    expect(await sessions.refresh(tokenOf(first))).toMatchObject({ outcome: 'rotated' });
  });

  it('are stored as hashes only, used and new ones', async () => {
    const session = await login();
    const successor = tokenOf(await sessions.refresh(session.refreshToken));
    const rows: { row: string }[] = await database.dataSource.query(
      'select token::text as row from auth.refresh_tokens token where session_id = $1',
      [session.sessionId],
    );
    expect(rows).toHaveLength(2);
    for (const token of [session.refreshToken, successor]) {
      const stored = rows.map(({ row }) => row).join();
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(Buffer.from(token).toString('hex'));
    }
  });

  it('give the same successor again while its answer may have been lost', async () => {
    const session = await login();
    const first = await sessions.refresh(session.refreshToken);
    const again = await sessions.refresh(session.refreshToken);
    expect(again).toEqual({ ...first, outcome: 'repeated' });
    expect(await sessions.refresh(tokenOf(again))).toMatchObject({ outcome: 'rotated' });
  });

  it('rotate once for simultaneous requests, which all get the same answer', async () => {
    const session = await login();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => sessions.refresh(session.refreshToken)),
    );
    expect(results.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(19);
    expect(new Set(results.map(tokenOf)).size).toBe(1);
    const rows: unknown[] = await database.dataSource.query(
      'select from auth.refresh_tokens where session_id = $1',
      [session.sessionId],
    );
    expect(rows).toHaveLength(2);
  });

  it('end their login when they are used again after the grace', async () => {
    const session = await login();
    const successor = tokenOf(await sessions.refresh(session.refreshToken));
    await passGrace(session);
    expect(await sessions.refresh(session.refreshToken)).toEqual({
      outcome: 'reused',
      sessionId: session.sessionId,
    });
    expect(await sessions.refresh(successor)).toEqual({ outcome: 'refused' });
  });

  it('end their login when they are used again after their successor was, however soon', async () => {
    const session = await login();
    const last = tokenOf(await sessions.refresh(tokenOf(await sessions.refresh(session.refreshToken))));
    expect(await sessions.refresh(session.refreshToken)).toEqual({
      outcome: 'reused',
      sessionId: session.sessionId,
    });
    expect(await sessions.refresh(last)).toEqual({ outcome: 'refused' });
  });

  it('end with their login', async () => {
    const session = await login();
    await sessions.revoke(session.userId, session.sessionId);
    expect(await sessions.refresh(session.refreshToken)).toEqual({ outcome: 'refused' });
  });

  it('expire unless they are used', async () => {
    const session = await login();
    const expiry = async () => {
      const rows: { expires_at: Date }[] = await database.dataSource.query(
        'select expires_at from auth.sessions where id = $1',
        [session.sessionId],
      );
      return rows[0]?.expires_at.getTime() ?? 0;
    };
    await database.dataSource.query(
      `update auth.sessions set expires_at = expires_at - interval '29 d' where id = $1`,
      [session.sessionId],
    );
    const before = await expiry();
    const successor = tokenOf(await sessions.refresh(session.refreshToken));
    expect(await expiry()).toBeGreaterThan(before);
    await database.dataSource.query('update auth.sessions set expires_at = clock_timestamp() where id = $1', [
      session.sessionId,
    ]);
    expect(await sessions.refresh(successor)).toEqual({ outcome: 'refused' });
  });

  it.each([
    ['empty', ''],
    ['too short', 'rt_'],
    ['too long', 'x'.repeat(5000)],
    ['with a NUL', 'rt_\u0000'],
    ['never made', newSecretToken('rt')],
    ['an API key', newSecretToken('sk')],
  ])('that are unknown are refused: %s', async (_what, token) => {
    expect(await sessions.refresh(token)).toEqual({ outcome: 'refused' });
  });

  it('are revoked by their owner only', async () => {
    const [mine, theirs] = [await login(), await login()];
    await sessions.revokeByRefreshToken(mine.userId, theirs.refreshToken);
    expect(await sessions.refresh(theirs.refreshToken)).toMatchObject({ outcome: 'rotated' });
    await sessions.revokeByRefreshToken(mine.userId, mine.refreshToken);
    expect(await sessions.refresh(mine.refreshToken)).toEqual({ outcome: 'refused' });
  });
});

describe('access tokens', () => {
  const soon = new Date(Date.now() + 60_000);

  it('are valid until they are revoked, one by one', async () => {
    const { sessionId } = await login();
    await sessions.revokeToken(`${sessionId}.one`, soon);
    await sessions.revokeToken(`${sessionId}.one`, soon);
    expect(await sessions.isTokenRevoked(`${sessionId}.one`)).toBe(true);
    expect(await sessions.isTokenRevoked(`${sessionId}.other`)).toBe(false);
  });

  it('end with their login', async () => {
    const { userId, sessionId } = await login();
    await sessions.revoke('user_else', sessionId);
    expect(await sessions.isTokenRevoked(`${sessionId}.one`)).toBe(false);
    await sessions.revoke(userId, sessionId);
    expect(await sessions.isTokenRevoked(`${sessionId}.one`)).toBe(true);
  });

  it('end with a stolen refresh token', async () => {
    const session = await login();
    await sessions.refresh(session.refreshToken);
    await passGrace(session);
    await sessions.refresh(session.refreshToken);
    expect(await sessions.isTokenRevoked(`${session.sessionId}.one`)).toBe(true);
  });

  it('end with their user', async () => {
    const { userId, sessionId } = await login();
    await database.dataSource.query('delete from auth.users where id = $1', [userId]);
    expect(await sessions.isTokenRevoked(`${sessionId}.one`)).toBe(true);
  });

  it('with an id of another form are not revoked', async () => {
    expect(await sessions.isTokenRevoked('something')).toBe(false);
  });
});
