import { Scope } from '@antiphon/contracts';
import { z } from 'zod';

/* The replies of the routes of accounts. */

export const Login = z.looseObject({
  user_id: z.string(),
  username: z.string().nullable(),
  principal_id: z.string(),
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal('Bearer'),
  /** Seconds. */
  expires_in: z.number(),
});

export const User = z.looseObject({
  user_id: z.string(),
  username: z.string().nullable(),
  principal_id: z.string(),
  kind: z.enum(['guest', 'user']),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  full_name: z.string().nullable(),
  scopes: z.array(Scope),
  created_at: z.iso.datetime(),
});

/** An access token's claims are beside `valid`. */
export const Validation = z.looseObject({ valid: z.boolean() });

export const Done = z.looseObject({ status: z.enum(['upgraded', 'logged_out', 'revoked']) });

export const ApiKey = z.looseObject({
  id: z.string(),
  name: z.string(),
  last4: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
  scopes: z.array(Scope),
  /** When it stops being valid; null: it does not expire. */
  expires_at: z.iso.datetime().nullable(),
});
export const NewApiKey = ApiKey.extend({ key: z.string() });
export const ApiKeyList = z.looseObject({ object: z.literal('list'), data: z.array(ApiKey) });

export const KeySet = z.looseObject({ keys: z.array(z.looseObject({ kid: z.string() })) });
