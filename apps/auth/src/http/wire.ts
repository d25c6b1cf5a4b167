import { z } from 'zod';
import type { ApiKey } from '../api-keys/api-key.store.ts';
import type { Login } from '../sessions/login.service.ts';
import { accountKind, type User } from '../users/user.ts';
import type { Identity } from '../verification/identities.ts';

/** A text of one line: without control characters and surrounding blanks. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{C}*$/u, 'must not hold control characters');

/** Longer than every token that this service issues. */
const Token = z.string().min(1).max(8192);

export const RefreshBody = z.object({ refresh_token: Token });
export const RevokeBody = z.object({ token: Token });
export const ValidateBody = z.object({ token: Token.optional() }).default({});
export const UpgradeBody = z
  .object({
    email: z.email('must be an email address').max(254),
    username: line(64).nullish(),
    full_name: line(200).nullish(),
  })
  .transform(({ email, username, full_name: fullName }) => ({
    email,
    username: username ?? null,
    fullName: fullName ?? null,
  }));
export const ApiKeyBody = z.object({ name: line(100).default('API key') }).default({ name: 'API key' });

/** The answer to a login. `principal_id` is the subject of its access tokens. */
export function encodeLogin({ user, accessToken, refreshToken, expiresInS }: Login) {
  return {
    user_id: user.id,
    username: user.username,
    principal_id: user.id,
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    expires_in: expiresInS,
  };
}

export function encodeUser(user: User, scopes: string[]) {
  return {
    user_id: user.id,
    username: user.username,
    principal_id: user.id,
    kind: accountKind(user),
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    full_name: user.fullName,
    scopes,
    created_at: user.createdAt.toISOString(),
  };
}

/** Whether a token is valid, and its claims. For an API key: its owner, kind and scopes. */
export function encodeValidation(identity: Identity | null) {
  if (!identity) return { valid: false };
  const { claims, caller } = identity;
  return { valid: true, ...(claims ?? { sub: caller.userId, kind: caller.kind, scopes: caller.scopes }) };
}

export function encodeApiKey({ id, name, last4, createdAt, lastUsedAt }: ApiKey) {
  return {
    id,
    name,
    last4,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
