import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { authService, type ErrorBody } from '../testing/auth-service.ts';

const { call, login, me, database } = await authService();

interface Token {
  access_token: string | null;
  expires_in: number | null;
}

/** A browser at the address of the gateway: it keeps the cookie, and sends what browsers send. */
function browser(headers: Record<string, string> = {}) {
  let cookie = '';
  return {
    get cookie() {
      return cookie;
    },
    async send<Body = Token>(method: 'POST' | 'DELETE', path = '', body?: unknown) {
      const answer = await call<Body>(method, `/console/session${path}`, {
        ...(body !== undefined && { body }),
        headers: {
          origin: 'https://antiphon.example',
          'x-forwarded-host': 'antiphon.example',
          'x-forwarded-proto': 'https',
          'x-antiphon-console': '1',
          'sec-fetch-site': 'same-origin',
          ...(cookie !== '' && { cookie }),
          ...headers,
        },
      });
      const set = answer.headers.get('set-cookie');
      if (set !== null) cookie = set.includes('Max-Age=0') ? '' : (set.split(';')[0] ?? '');
      return answer;
    },
  };
}

const keyOf = async (token: string, body: object = {}) =>
  (await call<{ id: string; key: string }>('POST', '/auth/api-keys', { token, body })).body;

describe('a login of a browser', () => {
  it('is a cookie that no script reads, sent to its own routes only, for a bounded time', async () => {
    const { status, headers, body } = await browser().send('POST');
    expect([status, body.expires_in, (await me(body.access_token ?? '')).status]).toEqual([201, 900, 200]);
    const [value, ...attributes] = (headers.get('set-cookie') ?? '').split('; ');
    expect(value).toMatch(/^antiphon_console=rt_/);
    expect(attributes.sort()).toEqual([
      'HttpOnly',
      expect.stringMatching(/^Max-Age=6047\d\d|^Max-Age=604800/),
      'Path=/console/session',
      'SameSite=Strict',
      'Secure',
    ]);
    expect(JSON.stringify(body)).not.toContain('rt_');
  });

  it('is not marked as secure where the browser came by http', async () => {
    const { headers } = await browser({ 'x-forwarded-proto': 'http' }).send('POST');
    expect(headers.get('set-cookie')).not.toContain('Secure');
  });

  it('gives new tokens, each by another cookie, and does not last longer for it', async () => {
    const tab = browser();
    const first = (await tab.send('POST')).body;
    const before = tab.cookie;
    const second = await tab.send('POST', '/token');
    expect(second.status).toBe(200);
    expect(tab.cookie).not.toBe(before);
    const [one, two] = [first, second.body].map(
      ({ access_token: token }) => (jwt.decode(token ?? '') as { sub: string }).sub,
    );
    expect(two).toBe(one);
    await database.dataSource.query(
      `update auth.sessions set ends_at = clock_timestamp() + interval '5 s' where user_id = $1`,
      [one],
    );
    const last = await tab.send('POST', '/token');
    expect(last.body.expires_in).toBeLessThanOrEqual(5);
    expect(last.headers.get('set-cookie')).toMatch(/Max-Age=[0-5];/);
  });

  it('ends with all its tokens when the user signs out', async () => {
    const tab = browser();
    const token = (await tab.send('POST')).body.access_token ?? '';
    const copy = tab.cookie;
    expect((await tab.send('DELETE')).status).toBe(204);
    expect(tab.cookie).toBe('');
    expect((await me(token)).status).toBe(401);
    const later = await browser({ cookie: copy }).send('POST', '/token');
    expect([later.status, later.body.access_token]).toEqual([200, null]);
    expect(later.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('replaces the one that the browser had', async () => {
    const tab = browser();
    const first = (await tab.send('POST')).body.access_token ?? '';
    const second = (await tab.send('POST')).body.access_token ?? '';
    expect([(await me(first)).status, (await me(second)).status]).toEqual([401, 200]);
  });

  it('is none without a cookie', async () => {
    const { status, body, headers } = await browser().send('POST', '/token');
    expect([status, body]).toEqual([200, { access_token: null, expires_in: null }]);
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('a login with a credential', () => {
  it('is one of the account of an access token', async () => {
    const account = await login();
    const { body } = await browser().send('POST', '', { credential: account.access_token });
    expect((await me(body.access_token ?? '')).body).toMatchObject({ user_id: account.user_id });
  });

  it('by an API key has the rights of the key, and ends with it', async () => {
    const account = await login();
    const { id, key } = await keyOf(account.access_token);
    const tab = browser();
    const token = (await tab.send('POST', '', { credential: key })).body.access_token ?? '';
    expect(jwt.decode(token)).toMatchObject({
      kind: 'key',
      scopes: ['api'],
      key_id: id,
      owner_kind: 'guest',
    });
    expect((await call('GET', '/auth/api-keys', { token })).status).toBe(403);
    await call('DELETE', `/auth/api-keys/${id}`, { token: account.access_token });
    expect((await me(token)).status).toBe(401);
    expect((await tab.send('POST', '/token')).body.access_token).toBeNull();
  });

  it.each(['sk_unknown', 'nonsense'])('that is %s is refused', async (credential) => {
    const { status, headers } = await browser().send<ErrorBody>('POST', '', { credential });
    expect([status, headers.get('set-cookie')]).toEqual([401, null]);
  });
});

describe('a page of another origin', () => {
  it.each<[string, Record<string, string>]>([
    ['another host', { origin: 'https://evil.example' }],
    ['another port', { origin: 'https://antiphon.example:8443', 'sec-fetch-site': 'same-site' }],
    ['no origin', { origin: '' }],
    ['an opaque origin', { origin: 'null' }],
  ])('cannot use the login: %s', async (_what, headers) => {
    const tab = browser();
    await tab.send('POST');
    const foreign = browser({ cookie: tab.cookie, ...headers });
    for (const [method, path] of [
      ['POST', ''],
      ['POST', '/token'],
      ['DELETE', ''],
    ] as const) {
      const { status, body } = await foreign.send<ErrorBody>(method, path);
      expect([status, body.error.code]).toEqual([403, 'forbidden']);
    }
    expect((await tab.send('POST', '/token')).body.access_token).not.toBeNull();
  });

  it('cannot use it by a request without the header of the console either', async () => {
    const { status, body } = await call<ErrorBody>('POST', '/console/session/token', {
      headers: { origin: 'https://antiphon.example', 'x-forwarded-host': 'antiphon.example' },
    });
    expect(status).toBe(403);
    expect(body.error.message).toContain('x-antiphon-console');
  });
});

describe('an API key', () => {
  it('has scopes of its account, and no others', async () => {
    const { access_token: token } = await login();
    const refused = await call<ErrorBody>('POST', '/auth/api-keys', { token, body: { scopes: ['admin'] } });
    expect([refused.status, refused.body.error.param]).toEqual([403, 'scopes']);
    expect((await call('POST', '/auth/api-keys', { token, body: { scopes: ['account'] } })).status).toBe(403);
    const { key } = await keyOf(token, { scopes: ['api'] });
    expect((await me(key)).body).toMatchObject({ scopes: ['api'] });
  });

  it('is not valid after its expiry, and neither is what it opened', async () => {
    const { access_token: token } = await login();
    const past = { expires_at: '2020-01-01T00:00:00Z' };
    expect((await call('POST', '/auth/api-keys', { token, body: past })).status).toBe(400);
    const soon = new Date(Date.now() + 60_000).toISOString();
    const { id, key } = await keyOf(token, { expires_at: soon });
    const tab = browser();
    const opened = await tab.send('POST', '', { credential: key });
    expect(opened.body.expires_in).toBeLessThanOrEqual(60);
    await database.dataSource.query('update auth.api_keys set expires_at = clock_timestamp() where id = $1', [
      id,
    ]);
    expect((await me(key)).status).toBe(401);
    expect((await tab.send('POST', '/token')).body.access_token).toBeNull();
  });
});
