import { z } from 'zod';
import { Caller } from '../caller.ts';
import { defineRpc, defineSignal } from './rpc.ts';

/** Finds the owner of an API key; null for a key that is unknown or revoked. Answers may be cached for 5 s. */
export const authVerifyKey = defineRpc({
  subject: 'auth.verify-key',
  isRepeatable: true,
  request: z.object({ key: z.string().min(1).max(256) }),
  reply: z.object({ caller: Caller.nullable() }),
});

/**
 * Whether a token that verifies was revoked (logout, revoke, rights withdrawn), by its `jti` and its `iat` (Unix seconds). A "no" may be
 * cached for 10 s.
 */
export const authTokenRevoked = defineRpc({
  subject: 'auth.token-revoked',
  isRepeatable: true,
  request: z.object({ tokenId: z.string().min(1).max(128), issuedAt: z.number().optional() }),
  reply: z.object({ revoked: z.boolean() }),
});

/** Signals credentials that were just revoked: ids of access tokens (`jti`), logins (`sid`) and API keys. Every instance refuses them from then on. */
export const authRevoked = defineSignal({
  subject: 'auth.revoked',
  payload: z.object({ ids: z.array(z.string().min(1).max(128)).max(100) }),
});
