import { createHmac, generateKeyPairSync, createPublicKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect } from 'vitest';
import { JanClient, type JanError } from './clients/jan-client.ts';
import { anyNumber, anyString, textLike } from './checks/matchers.ts';
import { scenario } from './scenario.ts';
import { type Login, sharedSystem } from './system/system.ts';

const system = await sharedSystem();

/** An expired token, from an auth service that issues only such tokens. */
const shortLived = loginForASecond();
// A failure shows in the scenario that needs the token.
shortLived.catch(() => undefined);

interface Jwks {
  keys: (Record<string, string> & { kid: string })[];
}

const post = async <Body>(path: string, { token, body }: { token?: string; body?: unknown } = {}) => {
  const answer = await fetch(`${system.url}${path}`, {
    method: 'POST',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
};
const clientOf = (token: string) => new JanClient(system.url, token);
const me = (token: string) => clientOf(token).request<Record<string, unknown>>('GET', '/llm/auth/me');
/** Returns whether the Responses API accepts a token. */
const isLetIn = async (token: string) => {
  const { status } = await clientOf(token).get('resp_00000000000000000000000000');
  expect([401, 404]).toContain(status);
  return status === 404;
};

describe('login', () => {
  scenario(['auth-guest-login', 'auth-login-answer'], 'needs no body', async () => {
    const { status, headers, body } = await post<Login>('/llm/auth/guest-login');
    expect(status).toBe(201);
    expect(body).toEqual({
      user_id: textLike(/^user_/),
      username: anyString,
      principal_id: anyString,
      access_token: textLike(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: anyString,
      token_type: 'Bearer',
      expires_in: anyNumber,
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await isLetIn(body.access_token)).toBe(true);
    const claims = jwt.decode(body.access_token, { complete: true });
    expect(claims?.header).toMatchObject({ alg: 'RS256', kid: anyString });
    expect(claims?.payload).toMatchObject({
      sub: body.user_id,
      iss: 'antiphon',
      aud: 'antiphon',
      kind: 'guest',
    });
    // The same under the shorter path, and with an empty JSON body.
    expect((await post('/auth/guest-login', { body: {} })).status).toBe(201);
  });

  scenario('auth-refresh-rotates', 'continues with each refresh token once', async () => {
    const first = await system.login();
    const refresh = (refresh_token: string) =>
      post<Login & JanError>('/llm/auth/refresh-token', { body: { refresh_token } });
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({ user_id: first.user_id, token_type: 'Bearer' });
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect(await isLetIn(second.body.access_token)).toBe(true);

    const reused = await refresh(first.refresh_token);
    expect(reused.status).toBe(401);
    expect((await refresh(second.body.refresh_token)).status).toBe(401);
    for (const nonsense of ['', 'nonsense', first.access_token, 7, null]) {
      const { status, body } = await post<JanError>('/llm/auth/refresh-token', {
        body: { refresh_token: nonsense },
      });
      expect([400, 401]).toContain(status);
      expect(body.error).toMatchObject({
        message: anyString,
        type: anyString,
      });
    }
  });

  scenario(['auth-upgrade', 'auth-me'], 'becomes an account', async () => {
    const { access_token: token, user_id: userId, refresh_token } = await system.login();
    expect((await me(token)).body).toMatchObject({ user_id: userId, kind: 'guest' });
    const email = `${userId}@example.com`;
    const upgraded = await post('/llm/auth/upgrade', {
      token,
      body: { email, username: `ada-${userId.slice(-8)}`, full_name: 'Ada' },
    });
    expect(upgraded).toMatchObject({ status: 200, body: { status: 'upgraded' } });
    expect((await me(token)).body).toMatchObject({
      user_id: userId,
      kind: 'guest',
      email,
      email_verified: false,
      full_name: 'Ada',
    });
    const refreshed = await post<Login>('/llm/auth/refresh-token', { body: { refresh_token } });
    expect(jwt.decode(refreshed.body.access_token)).toMatchObject({ sub: userId, kind: 'guest' });
    expect(
      (await post('/llm/auth/upgrade', { token: await system.token(), body: { email: 'no address' } }))
        .status,
    ).toBe(400);
  });

  scenario(['auth-logout', 'auth-validate-revoke'], 'ends', async () => {
    for (const method of ['GET', 'POST']) {
      const { access_token: token, refresh_token } = await system.login();
      expect(await post('/llm/auth/validate', { body: { token } })).toMatchObject({
        status: 200,
        body: { valid: true },
      });
      expect((await clientOf(token).request(method, '/llm/auth/logout')).status).toBe(200);
      expect(await post('/llm/auth/validate', { body: { token } })).toMatchObject({ body: { valid: false } });
      expect(await isLetIn(token)).toBe(false);
      expect((await me(token)).status).toBe(401);
      expect((await post('/llm/auth/refresh-token', { body: { refresh_token } })).status).toBe(401);
    }
    const { access_token: token } = await system.login();
    expect((await post('/llm/auth/revoke', { token, body: { token } })).status).toBe(200);
    expect(await isLetIn(token)).toBe(false);
  });
});

describe('keys', () => {
  scenario('auth-api-keys', 'stand for their user until they are deleted', async () => {
    const token = await system.token();
    const { status, body } = await post<{ id: string; key: string; name: string }>('/llm/auth/api-keys', {
      token,
      body: { name: 'ci' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: anyString,
      name: 'ci',
      key: textLike(/^sk_/),
    });

    const created = await clientOf(body.key).create({ input: 'Hello' });
    expect(created.status).toBe(200);
    expect((await clientOf(token).get(created.body.id)).status).toBe(200);
    const byHeader = await fetch(`${system.url}/responses/v1/responses/${created.body.id}`, {
      headers: { 'x-api-key': body.key },
    });
    expect(byHeader.status).toBe(200);

    const list = await clientOf(token).request<{ data: Record<string, unknown>[] }>(
      'GET',
      '/llm/auth/api-keys',
    );
    expect(list.body.data).toMatchObject([{ id: body.id, name: 'ci' }]);
    expect(list.text).not.toContain(body.key);

    const foreignDelete = await (await system.jan()).request('DELETE', `/llm/auth/api-keys/${body.id}`);
    expect(foreignDelete.status).toBe(404);
    expect((await clientOf(token).request('DELETE', `/llm/auth/api-keys/${body.id}`)).status).toBe(204);
    const { status: refused, body: validation } = await post<{ valid: boolean }>('/llm/auth/validate', {
      body: { token: body.key },
    });
    expect([refused, validation.valid]).toEqual([200, false]);
    expect(await isLetIn('sk_00000000000000000000000000000000')).toBe(false);
  });

  scenario('auth-jwks', 'are published', async () => {
    const answer = await fetch(`${system.url}/.well-known/jwks.json`);
    expect(answer.status).toBe(200);
    const { keys } = (await answer.json()) as Jwks;
    const token = await system.token();
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const jwk = keys.find((key) => key.kid === kid);
    expect(jwk).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256' });
    for (const key of keys) expect(Object.keys(key)).not.toContain('d');
    expect(() => jwt.verify(token, createPublicKey({ key: jwk ?? {}, format: 'jwk' }))).not.toThrow();
  });
});

describe('refusals', () => {
  scenario(['auth-required', 'auth-rs256-only'], 'are 401 in the shape of the dialect', async () => {
    const token = await system.token();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const { keys } = (await (await fetch(`${system.url}/.well-known/jwks.json`)).json()) as Jwks;
    const kid = jwt.decode(token, { complete: true })?.header.kid ?? '';
    const ours = createPublicKey({ key: keys.find((key) => key.kid === kid) ?? {}, format: 'jwk' });
    const claims = jwt.decode(token) as Record<string, unknown>;
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hmacOf = (text: string) =>
      createHmac('sha256', ours.export({ type: 'spki', format: 'pem' }))
        .update(text)
        .digest('base64url');
    const hs256 = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`;
    const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

    const tokens: Record<string, string> = {
      'no signature': `${header}.${payload}.`,
      'alg none': `${encoded({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
      'alg None with a signature': `${encoded({ alg: 'None', typ: 'at+jwt', kid })}.${payload}.${signature}`,
      'HS256 by the public key': `${hs256}.${hmacOf(hs256)}`,
      'another payload': `${header}.${encoded({ ...claims, sub: 'user_other' })}.${signature}`,
      'a foreign key': jwt.sign(claims, foreignKey, { algorithm: 'RS256', keyid: kid }),
      'an unknown key': jwt.sign(claims, foreignKey, { algorithm: 'RS256', keyid: 'unknown' }),
      'a kid that is a path': jwt.sign(claims, foreignKey, { algorithm: 'RS256', keyid: '../../etc/passwd' }),
      'no token at all': 'nonsense',
      'an unknown API key': 'sk_nonsense',
      'an endless token': 'a'.repeat(6_000),
    };
    for (const [what, bad] of Object.entries(tokens)) {
      const { status, body, headers } = await clientOf(bad).create<JanError>({ input: 'Hello' });
      expect(status, what).toBe(401);
      expect(body, what).toEqual({
        error: {
          message: anyString,
          type: 'authentication_error',
          code: 'unauthenticated',
        },
      });
      expect(headers.get('x-request-id'), what).toBeTruthy();
    }
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Basic ${token}`,
      token,
      `Bearer ${token} x`,
      'Bearer EMPTY',
    ]) {
      const answer = await fetch(`${system.url}/responses/v1/responses/resp_0000000000000000000000`, {
        ...(authorization !== undefined && { headers: { authorization } }),
      });
      expect(answer.status, String(authorization)).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { type: 'authentication_error' } });
    }
    // A token in the query does not count.
    expect(
      (await fetch(`${system.url}/responses/v1/responses/resp_0000000000000000000000?jwt=${token}`)).status,
    ).toBe(401);
  });

  scenario('auth-rs256-only', 'expired tokens are 401', async () => {
    const token = await shortLived;
    // Clocks may differ by ten seconds, so a token of one second counts for eleven.
    await expect.poll(() => isLetIn(token), { interval: 250 }).toBe(false);
    const { body } = await clientOf(token).create<JanError>({ input: 'Hello' });
    expect(body.error.message).toMatch(/expired/);
  });

  scenario('auth-foreign-is-unknown', 'another caller cannot read a response', async () => {
    const owner = await system.jan();
    const otherJan = await system.jan();
    const { body } = await owner.create({ input: 'My secret' });
    const unknown = await otherJan.get<JanError>('resp_00000000000000000000000000');
    for (const answer of [
      await otherJan.get<JanError>(body.id),
      await otherJan.cancel<JanError>(body.id),
      await otherJan.delete<JanError>(body.id),
      await otherJan.inputItems<JanError>(body.id),
      await otherJan.create<JanError>({ input: 'x', previous_response_id: body.id }),
      await otherJan.request<JanError>('GET', `/v1/responses/${body.id}`),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.body.error.message.replace(body.id, 'ID')).not.toContain('secret');
    }
    const foreign = await otherJan.get<JanError>(body.id);
    expect(foreign.text.replaceAll(body.id, 'ID')).toBe(
      unknown.text.replaceAll('resp_00000000000000000000000000', 'ID'),
    );
    expect((await owner.get(body.id)).body).toEqual(body);
  });
});

async function loginForASecond(): Promise<string> {
  const auth = await system.startAnother('auth', { ACCESS_TOKEN_TTL: '1s' });
  const answer = await fetch(`${auth.url}/auth/guest-login`, { method: 'POST' });
  await auth.stop();
  return ((await answer.json()) as Login).access_token;
}
