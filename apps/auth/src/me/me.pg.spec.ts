import { expect, it } from 'vitest';
import { authService } from '../testing/auth-service.ts';

const { call, login, admin } = await authService();
const me = (token: string) => call('GET', '/v1/me', { token });

it('tells an account who it is, and what it may do and use', async () => {
  const { access_token: token, user_id: id, username } = await login();
  const { status, body } = await me(token);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    object: 'me',
    user_id: id,
    tenant_id: id,
    kind: 'guest',
    is_local: false,
    account: { username, kind: 'guest', email: null, email_verified: false },
    api_key: null,
    scopes: ['api', 'account'],
    permissions: { decide_for_others: false, try_tools: false, administer: false, manage_api_keys: true },
    limits: { requests_per_minute: 3_000, runs: 64, python_seconds_per_hour: 1_200 },
  });
});

it('tells the holder of an API key which key it is, and what its scopes allow', async () => {
  const { user_id: id } = await login();
  await admin().grant(id, ['approvals', 'admin']);
  const made = await admin().addKey(id, 'inbox', ['api', 'approvals']);
  expect((await me(made.key)).body).toMatchObject({
    user_id: id,
    kind: 'key',
    api_key: { id: made.id, name: 'inbox', last4: made.key.slice(-4), expires_at: null },
    scopes: ['api', 'approvals'],
    permissions: { decide_for_others: true, try_tools: false, administer: false, manage_api_keys: false },
  });
});

it('refuses a call without a token where none is allowed', async () => {
  expect((await call('GET', '/v1/me')).status).toBe(401);
});

it('knows the local user where calls without a token are allowed', async () => {
  const local = await authService({ AUTH_ANONYMOUS: 'true' });
  const { status, body } = await local.call('GET', '/v1/me');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    user_id: 'user_local',
    is_local: true,
    account: null,
    permissions: { try_tools: true, administer: true, manage_api_keys: false },
    limits: { runs: 4_096 },
  });
  expect((await local.call('GET', '/v1/me', { token: 'nonsense' })).status).toBe(401);
});

it('lists the accounts of the tenant by pages, with addresses and scopes for administrators', async () => {
  const [owner, mate, stranger] = [await login(), await login(), await login()];
  await admin().setTenant(mate.user_id, owner.user_id);
  await admin().grant(owner.user_id, ['admin']);
  await admin().verifyEmail(owner.user_id, 'owner@example.org');
  const ids = [owner.user_id, mate.user_id].sort();
  const { key } = await admin().addKey(owner.user_id, 'ops', ['admin']);
  const of = async (path: string, token: string) =>
    (await call<{ data: { user_id: string }[]; has_more: boolean }>('GET', `/v1/members${path}`, { token }))
      .body;

  const all = await of('', key);
  expect(all.data.map(({ user_id: id }) => id)).toEqual(ids);
  expect(all.data).toContainEqual(
    expect.objectContaining({ user_id: owner.user_id, email: 'owner@example.org', scopes: ['admin'] }),
  );
  expect(await of('?limit=1', key)).toMatchObject({ data: [{ user_id: ids[0] }], has_more: true });
  expect(await of(`?limit=1&after=${ids[0]}`, key)).toMatchObject({
    data: [{ user_id: ids[1] }],
    has_more: false,
  });

  const { key: plain } = await admin().addKey(mate.user_id, 'plain', []);
  const seen = await of('', plain);
  expect(seen.data.map(({ user_id: id }) => id)).toEqual(ids);
  expect(seen.data).toContainEqual(expect.objectContaining({ email: null, scopes: null }));
  expect((await of('', stranger.access_token)).data.map(({ user_id: id }) => id)).toEqual([stranger.user_id]);
  expect((await call('GET', '/v1/members?limit=0', { token: plain })).status).toBe(400);
});
