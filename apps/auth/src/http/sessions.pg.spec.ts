import { authTokenRevoked } from '@antiphon/contracts';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { type Call, type ErrorBody, type Login, authService } from '../testing/auth-service.ts';

const { call, login, refresh, me, nextRevocation, bus } = await authService();

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
