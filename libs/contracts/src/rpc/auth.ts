import { z } from 'zod';
import { Caller } from '../caller.ts';
import { defineRpc } from './rpc.ts';

/** Who an API key belongs to; null for a key that is unknown or revoked. Answers may be cached for 5 s. */
export const authVerifyKey = defineRpc({
  subject: 'auth.verify-key',
  isRepeatable: true,
  request: z.object({ key: z.string().min(1).max(256) }),
  reply: z.object({ caller: Caller.nullable() }),
});

/** Whether a token that verifies was revoked (logout, revoke), by its `jti`. Answers may be cached for 10 s. */
export const authTokenRevoked = defineRpc({
  subject: 'auth.token-revoked',
  isRepeatable: true,
  request: z.object({ tokenId: z.string().min(1).max(128) }),
  reply: z.object({ revoked: z.boolean() }),
});
