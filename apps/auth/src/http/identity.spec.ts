import type { Caller } from '@antiphon/contracts';
import { testCallerLimits } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import type { ApiKeyStore } from '../api-keys/api-key.store.ts';
import type { SessionStore } from '../sessions/session.store.ts';
import type { AccessClaims, AccessTokens } from '../sessions/tokens.ts';
import { Identities } from '../verification/identities.ts';
import { IdentityGuard } from './identity.ts';

type Request = Parameters<IdentityGuard['identify']>[0];

const keyHolder: Caller = { userId: 'user_key', tenantId: 'user_key', kind: 'key', scopes: ['api'] };
const claims = {
  sub: 'user_1',
  kind: 'guest',
  scopes: ['api', 'account'],
  jti: 'ses_1.a',
  iat: 1_800_000_000,
} as AccessClaims; // the only claim that is read
const revoked = new Set<string>();

// The fakes have every method that is called, so the casts to the classes are safe.
const identities = new Identities(
  { read: (token: string) => (token === 'access' ? claims : null) } as AccessTokens,
  { isTokenRevoked: async (tokenId: string) => revoked.has(tokenId) } as unknown as SessionStore,
  { callerOf: async (key: string) => (key === 'sk_1' ? keyHolder : null) } as unknown as ApiKeyStore,
);

const request = (headers: Record<string, string>) => ({ headers }) as unknown as Request; // the guard reads the headers only

describe('an identity', () => {
  it('is the caller of an access token, until the token is revoked', async () => {
    const caller = { userId: 'user_1', tenantId: 'user_1', kind: 'guest', scopes: ['api', 'account'] };
    expect(await identities.find('access')).toEqual({ caller, claims });
    revoked.add('ses_1.a');
    expect(await identities.find('access')).toBeNull();
    revoked.clear();
  });

  it('is the owner of an API key, without claims', async () => {
    expect(await identities.find('sk_1')).toEqual({ caller: keyHolder, claims: null });
    expect(await identities.find('sk_2')).toBeNull();
  });
});

describe('the guard', () => {
  it('refuses requests without a valid token', async () => {
    const guard = new IdentityGuard(identities, testCallerLimits());
    const refused = { code: 'unauthenticated' };
    await expect(guard.identify(request({}))).rejects.toMatchObject(refused);
    await expect(guard.identify(request({ authorization: 'Bearer other' }))).rejects.toMatchObject(refused);
  });

  it('counts a request once, however often it is identified, and refuses the next one over the limit', async () => {
    const guard = new IdentityGuard(identities, testCallerLimits({ LIMIT_REQUESTS: '1' }));
    const first = request({ authorization: 'Bearer access' });
    await guard.identify(first);
    await guard.identify(first);
    expect(first.caller?.userId).toBe('user_1');
    await expect(guard.identify(request({ authorization: 'Bearer access' }))).rejects.toMatchObject({
      code: 'rate_limited',
    });
  });
});
