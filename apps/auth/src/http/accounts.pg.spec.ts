import { authTokenRevoked, authVerifyKey } from '@antiphon/contracts';
import { startService } from '@antiphon/service-kit';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { authServiceWith } from '../service.ts';
import { silent } from '../testing/test-database.ts';
import { type Call, type ErrorBody, type Login, authService } from '../testing/auth-service.ts';

const { database, bus, login, admin, refresh, me, call } = await authService();

const oneEach = { guest: 1, user: 1, key: 1, local: 1 };

describe('me', () => {
  it('returns the account of the caller', async () => {
    const { access_token: token, user_id: id, username } = await login();
    const { status, body } = await me(token);
    expect(status).toBe(200);
    expect(body).toEqual({
      user_id: id,
      username,
      principal_id: id,
      kind: 'guest',
      email: null,
      email_verified: false,
      full_name: null,
      scopes: ['api', 'account'],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    });
  });

  it.each<[string, Call]>([
    ['without a token', {}],
    ['with a text that is no token', { token: 'nonsense' }],
    ['with another scheme', { headers: { authorization: 'Basic abc' } }],
    ['with an empty bearer', { headers: { authorization: 'Bearer ' } }],
    ['with the placeholder key', { token: 'EMPTY' }],
    ['with an unknown API key', { headers: { 'x-api-key': `sk_${'a'.repeat(43)}` } }],
  ])('is 401 %s', async (_what, options) => {
    const { status, body } = await call<ErrorBody>('GET', '/auth/me', options);
    expect(status).toBe(401);
    expect(body.error).toMatchObject({ type: 'authentication_error', code: 'unauthenticated' });
  });

  it('is 401 with a refresh token', async () => {
    expect((await me((await login()).refresh_token)).status).toBe(401);
  });
});

describe('upgrade', () => {
  it('gives an account an address, and keeps a guest’s rights until the address is proven', async () => {
    const guest = await login();
    const address = `${guest.user_id}@example.com`;
    const upgraded = await call('POST', '/auth/upgrade', {
      token: guest.access_token,
      body: { email: address, full_name: 'Ada Lovelace' },
    });
    expect([upgraded.status, upgraded.body]).toEqual([200, { status: 'upgraded' }]);
    expect((await me(guest.access_token)).body).toMatchObject({
      kind: 'guest',
      email: address,
      email_verified: false,
      full_name: 'Ada Lovelace',
    });
    const claimed = await refresh(guest.refresh_token);
    expect(jwt.decode(claimed.body.access_token)).toMatchObject({ kind: 'guest', sub: guest.user_id });
    await admin().verifyEmail(guest.user_id, null);
    const proven = await refresh(claimed.body.refresh_token);
    expect(jwt.decode(proven.body.access_token)).toMatchObject({ kind: 'user', sub: guest.user_id });
    expect((await me(proven.body.access_token)).body).toMatchObject({ kind: 'user', email_verified: true });
  });

  it('answers the same for an address of another account, proven or not', async () => {
    const [one, two, three] = [await login(), await login(), await login()];
    const body = { email: `${one.user_id}@example.com` };
    const ask = async ({ access_token: token }: Login) => {
      const { status, body: answer } = await call('POST', '/auth/upgrade', { token, body });
      return [status, answer];
    };
    const upgraded = [200, { status: 'upgraded' }];
    expect(await ask(one)).toEqual(upgraded);
    expect(await ask(two)).toEqual(upgraded);
    await admin().verifyEmail(one.user_id, null);
    expect(await ask(three)).toEqual(upgraded);
    expect((await me(three.access_token)).body).toMatchObject({ kind: 'guest', email_verified: false });
  });
});

describe('scopes that the operator grants', () => {
  it('are in new tokens, and tokens with withdrawn scopes are refused', async () => {
    const guest = await login();
    await admin().grant(guest.username, ['admin', 'research']);
    const granted = (await refresh(guest.refresh_token)).body;
    const { jti: tokenId, iat: issuedAt } = jwt.decode(granted.access_token) as { jti: string; iat: number };
    expect((await me(granted.access_token)).body).toMatchObject({
      scopes: ['api', 'account', 'admin', 'research'],
    });
    expect(await bus.call(authTokenRevoked, { tokenId, issuedAt }, 1_000)).toEqual({ revoked: false });
    await admin().withdraw(guest.user_id, ['admin']);
    expect((await me(granted.access_token)).status).toBe(401);
    expect(await bus.call(authTokenRevoked, { tokenId, issuedAt }, 1_000)).toEqual({ revoked: true });
    const later = issuedAt + 3_600;
    expect(await bus.call(authTokenRevoked, { tokenId, issuedAt: later }, 1_000)).toEqual({ revoked: false });
    const left = jwt.decode((await refresh(granted.refresh_token)).body.access_token);
    expect(left).toMatchObject({ scopes: ['api', 'account', 'research'] });
  });

  it('are withdrawn from the API keys of the account too', async () => {
    const { user_id: id } = await login();
    await admin().grant(id, ['admin', 'research']);
    const { key } = await admin().addKey(id, 'both', ['api', 'admin', 'research']);
    const plain = await admin().addKey(id, 'plain', ['api']);
    await admin().withdraw(id, ['admin']);
    const { scopes } = (await me(key)).body as { scopes: string[] };
    expect(scopes.toSorted()).toEqual(['api', 'research']);
    expect((await me(plain.key)).body).toMatchObject({ scopes: ['api'] });
  });

  it('are checked, and an unknown account is reported', async () => {
    const { user_id: id } = await login();
    await expect(admin().grant(id, ['Admin!'])).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(admin().grant('user_unknown', ['admin'])).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are listed with their accounts', async () => {
    const { user_id: id } = await login();
    await admin().grant(id, ['admin']);
    expect(await admin().list(id, 10)).toMatchObject([{ id, kind: 'guest', scopes: ['admin'] }]);
  });
});

it('puts an account into the tenant of another one, for its tokens and API keys', async () => {
  const [member, owner] = [await login(), await login()];
  const tenantOf = async () => {
    const { key } = await admin().addKey(member.user_id, 'tenant', ['api']);
    const { tenant } = jwt.decode((await refresh(member.refresh_token)).body.access_token) as {
      tenant?: string;
    };
    return [tenant, (await bus.call(authVerifyKey, { key }, 1_000)).caller?.tenantId];
  };
  await admin().setTenant(member.user_id, owner.user_id);
  expect((await me(member.access_token)).status).toBe(401);
  expect(await tenantOf()).toEqual([owner.user_id, owner.user_id]);
});

it('refuses a caller beyond its requests a minute, and no other', async () => {
  const config = { ...database.config, limits: { ...database.config.limits, requests: oneEach } };
  const limited = await startService(authServiceWith(config), bus, silent);
  try {
    const [one, other] = [await login(), await login()];
    const ask = async ({ access_token: token }: Login) =>
      (await fetch(`${limited.url}/auth/me`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await ask(one), await ask(one), await ask(other)]).toEqual([200, 429, 200]);
  } finally {
    await limited.stop();
  }
});
