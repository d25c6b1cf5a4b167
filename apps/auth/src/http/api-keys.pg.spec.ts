import { authVerifyKey } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { type ErrorBody, authService } from '../testing/auth-service.ts';

const { login, call, bus, nextRevocation, me } = await authService();

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
      scopes: ['api'],
      expires_at: null,
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
