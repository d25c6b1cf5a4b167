import { type Caller, newId } from '@antiphon/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { silent } from '../testing/test-database.ts';
import type { ApiKeyStore } from '../api-keys/api-key.store.ts';
import type { TokenHolder, UserStore } from '../users/user.store.ts';
import { LoginService } from './login.service.ts';
import type { Revocations } from './revocations.ts';
import type { Refresh, SessionStore } from './session.store.ts';
import type { AccessClaims, AccessTokens } from './tokens.ts';

const caller: Caller = { userId: newId('user'), tenantId: 'tenant', kind: 'guest', scopes: [] };
const user: TokenHolder = {
  id: caller.userId,
  username: 'guest-1',
  kind: 'guest',
  emailVerifiedAt: null,
  scopes: [],
  tenantId: null,
};
const open = { sessionId: 'ses_1', userId: user.id, refreshToken: 'rt_next', endsAt: null, apiKeyId: null };
const claims = (sub: string) => ({ sub, jti: 'ses_1.a', sid: 'ses_1', exp: 1_800_000_000 }) as AccessClaims; // the only claims that are read

/** The actions of the service, in order. */
let steps: string[] = [];
let refresh: Refresh;
let known: Record<string, AccessClaims>;
let sessionOfRefreshToken: string | null;
beforeEach(() => {
  steps = [];
  refresh = { outcome: 'rotated', ...open };
  known = {};
  sessionOfRefreshToken = null;
});

const did = (step: string) => void steps.push(step);
const db = {
  query: async (_statement: string, [events]: [string]) =>
    did(`event ${(JSON.parse(events) as { subject: string }[]).map(({ subject }) => subject).join()}`),
};

// The fakes have every method that the service calls, so the casts to the classes are safe.
const logins = new LoginService(
  {
    transaction: async <T>(work: (manager: EntityManager) => Promise<T>) => {
      const result = await work(db as unknown as EntityManager);
      did('commit');
      return result;
    },
  } as unknown as DataSource,
  { addGuest: async () => user, get: async () => user } as unknown as UserStore,
  {} as ApiKeyStore, // no login of these specs is by an API key
  {
    open: async () => open,
    refresh: async () => refresh,
    revoke: async (userId: string, sessionId: string) => did(`revoke ${sessionId} of ${userId}`),
    revokeByRefreshToken: async () => sessionOfRefreshToken,
    revokeToken: async (tokenId: string, until: Date) => did(`revoke ${tokenId} until ${until.getTime()}`),
  } as unknown as SessionStore,
  {
    issue: () => ({ accessToken: 'access', expiresInS: 900 }),
    read: (token: string) => known[token] ?? null,
  } as unknown as AccessTokens,
  { publish: (id: string) => did(`publish ${id}`) } as unknown as Revocations,
  { hint: () => did('hint') },
  silent,
);

const tokens = { user, accessToken: 'access', refreshToken: 'rt_next', expiresInS: 900, endsAt: null };

describe('a guest login', () => {
  it('commits the account with its event before the outbox is hinted', async () => {
    expect(await logins.guestLogin()).toEqual(tokens);
    expect(steps).toEqual(['event events.users.created', 'commit', 'hint']);
  });
});

describe('a refresh', () => {
  it.each(['rotated', 'repeated'] as const)('that is %s returns new tokens', async (outcome) => {
    refresh = { outcome, ...open };
    expect(await logins.refresh('rt_old')).toEqual(tokens);
    expect(steps).toEqual([]);
  });

  it('with a token that was used before publishes the end of the login', async () => {
    refresh = { outcome: 'reused', sessionId: 'ses_1' };
    await expect(logins.refresh('rt_old')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(steps).toEqual(['publish ses_1']);
  });

  it('with an unknown token is refused and publishes nothing', async () => {
    refresh = { outcome: 'refused' };
    await expect(logins.refresh('rt_old')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(steps).toEqual([]);
  });
});

describe('a logout', () => {
  it('revokes the login, then publishes it', async () => {
    await logins.logout(caller, 'ses_1');
    expect(steps).toEqual([`revoke ses_1 of ${user.id}`, 'publish ses_1']);
  });
});

describe('a revocation', () => {
  it('of an access token lasts until the token expires', async () => {
    known = { own: claims(user.id) };
    await logins.revoke(caller, 'own');
    expect(steps).toEqual(['revoke ses_1.a until 1800000000000', 'publish ses_1.a']);
  });

  it('of a refresh token publishes the end of its login', async () => {
    sessionOfRefreshToken = 'ses_1';
    await logins.revoke(caller, 'rt_old');
    expect(steps).toEqual(['publish ses_1']);
  });

  it('ignores tokens of other accounts and unknown ones', async () => {
    known = { foreign: claims('user_other') };
    await logins.revoke(caller, 'foreign');
    await logins.revoke(caller, 'rt_unknown');
    expect(steps).toEqual([]);
  });
});
