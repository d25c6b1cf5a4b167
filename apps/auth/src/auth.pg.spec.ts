import { authRevoked, authTokenRevoked, authVerifyKey } from '@antiphon/contracts';
import { type RunningService, startService } from '@antiphon/service-kit';
import { MemoryBus } from '@antiphon/service-kit/testing';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyStore } from './api-keys/api-key.store.ts';
import { authServiceWith } from './service.ts';
import { openTestDatabase, silent, type TestDatabase } from './testing/test-database.ts';
import { AccountAdmin } from './users/account-admin.ts';

let database: TestDatabase;
let service: RunningService;
const bus = new MemoryBus();
beforeAll(async () => {
  database = await openTestDatabase();
  const { config } = database;
  service = await startService(authServiceWith(config), bus, silent);
});
afterAll(async () => {
  await service.stop();
  await database.close();
});

const admin = () =>
  new AccountAdmin(database.dataSource, new ApiKeyStore(database.dataSource, database.config));

/** The next revocation that the service publishes. */
function nextRevocation(): Promise<{ ids: string[] }> {
  return new Promise((resolve) => {
    const stop = bus.subscribe(authRevoked, (revoked) => {
      stop();
      resolve(revoked);
    });
  });
}

const oneEach = { guest: 1, user: 1, key: 1, local: 1 };

interface Login {
  user_id: string;
  username: string;
  principal_id: string;
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}

interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

interface Call {
  token?: string;
  headers?: Record<string, string>;
  /** A text is sent unchanged, other values as JSON. */
  body?: unknown;
}

/** Calls the service. The type of the body is the test's claim. */
async function call<Body = Record<string, unknown>>(
  method: string,
  path: string,
  { token, headers, body }: Call = {},
): Promise<Answer<Body>> {
  const response = await fetch(service.url + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text && JSON.parse(text)) as Body };
}

const login = async () => (await call<Login>('POST', '/auth/guest-login')).body;
const me = (token: string) => call('GET', '/auth/me', { token });
const refresh = (token: unknown) =>
  call<Login>('POST', '/auth/refresh-token', { body: { refresh_token: token } });

interface ErrorBody {
  error: { message: string; type: string; code: string; param: string | null };
}

describe('guest login', () => {
  it('makes an account and gives its tokens', async () => {
    const { status, headers, body } = await call<Login>('POST', '/auth/guest-login');
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      user_id: expect.stringMatching(/^user_/) as string,
      username: expect.stringMatching(/^guest-/) as string,
      principal_id: body.user_id,
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      refresh_token: expect.stringMatching(/^rt_/) as string,
      token_type: 'Bearer',
      expires_in: 900,
    });
  });

  it('accepts an empty body with the media type of JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await call('POST', '/auth/guest-login', { headers })).status).toBe(201);
    expect((await call('POST', '/auth/guest-login', { body: {} })).status).toBe(201);
  });
});

describe('the published keys', () => {
  it('verify the tokens and may be cached', async () => {
    const { access_token: token } = await login();
    const { status, headers, body } = await call<{ keys: { kid: string }[] }>(
      'GET',
      '/.well-known/jwks.json',
    );
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(body.keys.map((key) => key.kid)).toEqual([jwt.decode(token, { complete: true })?.header.kid]);
  });
});

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

describe('refresh', () => {
  it('returns new tokens of the same account', async () => {
    const first = await login();
    const { status, body } = await refresh(first.refresh_token);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(Object.keys(first));
    expect(body.user_id).toBe(first.user_id);
    expect(body.refresh_token).not.toBe(first.refresh_token);
    expect((await me(body.access_token)).status).toBe(200);
  });

  it('ends the login when a token with a used successor is used again', async () => {
    const first = await login();
    const second = (await refresh(first.refresh_token)).body;
    const third = (await refresh(second.refresh_token)).body;
    const reused = await call<ErrorBody>('POST', '/auth/refresh-token', {
      body: { refresh_token: first.refresh_token },
    });
    expect(reused.status).toBe(401);
    expect(reused.body.error.message).toContain('used before');
    expect((await refresh(third.refresh_token)).status).toBe(401);
    expect((await me(third.access_token)).status).toBe(401);
  });

  it('answers simultaneous requests with one successor', async () => {
    const { refresh_token: token } = await login();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  });

  it('refuses an access token', async () => {
    expect((await refresh((await login()).access_token)).status).toBe(401);
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

describe('logout', () => {
  it.each(['GET', 'POST'])('by %s ends the login and its tokens at once', async (method) => {
    const { access_token: token, refresh_token: refreshToken } = await login();
    expect((await me(token)).status).toBe(200);
    const revoked = nextRevocation();
    const { status, body } = await call(method, '/auth/logout', { token });
    expect(await revoked).toEqual({ ids: [(jwt.decode(token) as { sid: string }).sid] });
    expect([status, body]).toEqual([200, { status: 'logged_out' }]);
    expect((await me(token)).status).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(401);
    const tokenId = (jwt.decode(token) as { jti: string }).jti;
    expect(await bus.call(authTokenRevoked, { tokenId }, 1_000)).toEqual({ revoked: true });
  });
});

describe('validate', () => {
  const validate = (options: Call) => call('POST', '/auth/validate', options);

  it('returns the claims of a token, from the header or the body', async () => {
    const { access_token: token, user_id: id } = await login();
    const expected = {
      valid: true,
      sub: id,
      iss: 'antiphon',
      aud: 'antiphon',
      kind: 'guest',
      scopes: ['api', 'account'],
    };
    for (const options of [{ token }, { body: { token } }, { token: 'nonsense', body: { token } }]) {
      const { status, body } = await validate(options);
      expect(status).toBe(200);
      expect(body).toMatchObject(expected);
      expect(Object.keys(body).sort()).toEqual([...Object.keys(expected), 'exp', 'iat', 'jti', 'sid'].sort());
    }
  });

  it('returns nothing but the refusal of an invalid token', async () => {
    const { access_token: token, refresh_token: refreshToken } = await login();
    await call('POST', '/auth/logout', { token });
    for (const dead of [token, refreshToken, 'nonsense']) {
      expect(await validate({ body: { token: dead } })).toMatchObject({
        status: 200,
        body: { valid: false },
      });
    }
  });

  it('is 400 without any token', async () => {
    expect((await validate({})).status).toBe(400);
  });
});

describe('revoke', () => {
  const revoke = (token: string, revoked: string) =>
    call('POST', '/auth/revoke', { token, body: { token: revoked } });

  it('revokes one access token and leaves the login open', async () => {
    const first = await login();
    const second = (await refresh(first.refresh_token)).body;
    const { status, body } = await revoke(second.access_token, first.access_token);
    expect([status, body]).toEqual([200, { status: 'revoked' }]);
    expect((await me(first.access_token)).status).toBe(401);
    expect((await me(second.access_token)).status).toBe(200);
  });

  it('ends the login of a refresh token', async () => {
    const { access_token: token, refresh_token: refreshToken } = await login();
    expect((await revoke(token, refreshToken)).status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await me(token)).status).toBe(401);
  });

  it('answers the same for unknown tokens and those of other accounts, and revokes nothing', async () => {
    const [mine, theirs] = [await login(), await login()];
    for (const token of ['nonsense', theirs.access_token, theirs.refresh_token]) {
      expect((await revoke(mine.access_token, token)).status).toBe(200);
    }
    expect((await me(theirs.access_token)).status).toBe(200);
    expect((await refresh(theirs.refresh_token)).status).toBe(200);
  });
});

describe('API keys', () => {
  it('are made, used, listed and deleted', async () => {
    const { access_token: token, user_id: id } = await login();
    const made = await call<{ id: string; key: string }>('POST', '/auth/api-keys', {
      token,
      body: { name: 'laptop' },
    });
    expect(made.status).toBe(201);
    const shown = {
      id: made.body.id,
      name: 'laptop',
      last4: made.body.key.slice(-4),
      created_at: expect.stringMatching(/Z$/) as string,
      last_used_at: null,
    };
    expect(made.body).toEqual({ ...shown, key: expect.stringMatching(/^sk_/) as string });
    const listed = await call('GET', '/auth/api-keys', { token });
    expect(listed.body).toEqual({ object: 'list', data: [shown] });

    const ways: Record<string, string>[] = [
      { 'x-api-key': made.body.key },
      { authorization: `Bearer ${made.body.key}` },
    ];
    for (const headers of ways) {
      expect((await call('GET', '/auth/me', { headers })).body).toMatchObject({
        user_id: id,
        scopes: ['api'],
      });
    }
    expect(await bus.call(authVerifyKey, { key: made.body.key }, 1_000)).toEqual({
      caller: {
        userId: id,
        tenantId: id,
        kind: 'key',
        scopes: ['api'],
        ownerKind: 'guest',
        keyId: made.body.id,
      },
    });

    const remove = (as: string) => call('DELETE', `/auth/api-keys/${made.body.id}`, { token: as });
    expect((await remove((await login()).access_token)).status).toBe(404);
    const revoked = nextRevocation();
    expect((await remove(token)).status).toBe(204);
    expect(await revoked).toEqual({ ids: [made.body.id] });
    expect((await remove(token)).status).toBe(404);
    expect((await me(made.body.key)).status).toBe(401);
    expect(await bus.call(authVerifyKey, { key: made.body.key }, 1_000)).toEqual({ caller: null });
  });

  it('need no name', async () => {
    const { access_token: token } = await login();
    expect((await call('POST', '/auth/api-keys', { token })).status).toBe(201);
  });

  it('cannot manage the account', async () => {
    const { access_token: token } = await login();
    const { key } = (await call<{ key: string }>('POST', '/auth/api-keys', { token })).body;
    for (const [method, path] of [
      ['POST', '/auth/api-keys'],
      ['GET', '/auth/api-keys'],
      ['POST', '/auth/upgrade'],
      ['POST', '/auth/logout'],
      ['POST', '/auth/revoke'],
    ] as const) {
      const { status, body } = await call<ErrorBody>(method, path, { token: key });
      expect([status, body.error.code]).toEqual([403, 'forbidden']);
    }
  });
});

describe('bad input', () => {
  const wrongValues = [null, 5, true, [], {}, ''];
  const cases: [string, unknown, string][] = [
    ...wrongValues.map((value): [string, unknown, string] => [
      'refresh-token',
      { refresh_token: value },
      'refresh_token',
    ]),
    ['refresh-token', {}, 'refresh_token'],
    ...wrongValues.map((value): [string, unknown, string] => ['revoke', { token: value }, 'token']),
    ['revoke', {}, 'token'],
    ...wrongValues.map((value): [string, unknown, string] => ['validate', { token: value }, 'token']),
    ...wrongValues.map((value): [string, unknown, string] => ['upgrade', { email: value }, 'email']),
    ['upgrade', {}, 'email'],
    ['upgrade', { email: 'nobody' }, 'email'],
    ['upgrade', { email: `${'a'.repeat(300)}@example.com` }, 'email'],
    ['upgrade', { email: 'a@example.com', username: 5 }, 'username'],
    ['upgrade', { email: 'a@example.com', username: '  ' }, 'username'],
    ['upgrade', { email: 'a@example.com', username: 'two\nlines' }, 'username'],
    ['upgrade', { email: 'a@example.com', full_name: [] }, 'full_name'],
    ['upgrade', { email: 'a@example.com', full_name: 'x'.repeat(201) }, 'full_name'],
    ['api-keys', { name: 5 }, 'name'],
    ['api-keys', { name: '' }, 'name'],
    ['api-keys', { name: 'x'.repeat(101) }, 'name'],
  ];
  it.each(cases)('POST %s %j is 400 and names the field', async (path, body, param) => {
    const { access_token: token } = await login();
    const answer = await call<ErrorBody>('POST', `/auth/${path}`, { token, body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      type: 'invalid_request_error',
      code: 'invalid_request',
      param,
    });
    expect(answer.body.error.message).toContain(param);
  });

  const paths = ['refresh-token', 'upgrade', 'validate', 'revoke', 'api-keys'];
  const bodies = [
    '{',
    'null',
    '5',
    '[]',
    '"text"',
    '{"email":"a\\u0000@example.com"}',
    '{"__proto__":{}}',
    '{"a":"\\ud800"}',
  ];
  const broken = paths.flatMap((path) => bodies.map((body): [string, string] => [path, body]));
  it.each(broken)('POST %s with the body %s is 400', async (path, body) => {
    const { access_token: token } = await login();
    const answer = await call<ErrorBody>('POST', `/auth/${path}`, { token, body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('invalid_request');
  });

  it('is 415 where it is not JSON', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await call('POST', '/auth/refresh-token', { headers, body: 'x' })).status).toBe(415);
  });

  it('is 404 on an unknown path or id of any content', async () => {
    const { access_token: token } = await login();
    expect((await call('GET', '/auth/nothing', { token })).status).toBe(404);
    for (const id of ['nothing', 'key_%00', '%F0%9F%92%A9', "'; drop table", 'x'.repeat(200)]) {
      expect((await call('DELETE', `/auth/api-keys/${id}`, { token })).status).toBe(404);
    }
  });

  it('leaves the service alive', async () => {
    expect((await call('GET', '/healthz')).status).toBe(200);
    expect((await call('GET', '/readyz')).status).toBe(200);
  });
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
