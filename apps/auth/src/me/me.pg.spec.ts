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
    permissions: { try_tools: true, manage_api_keys: false },
    limits: { runs: 4_096 },
  });
  expect((await local.call('GET', '/v1/me', { token: 'nonsense' })).status).toBe(401);
});
