import { Scope } from '@antiphon/contracts';
import { z } from 'zod';
import type * as replies from './replies.ts';
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
export const ValidateBody = z.object({ token: Token.optional() });
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
export const ApiKeyBody = z.object({
  name: line(100).default('API key'),
  /** Beside `api`, which every key has: scopes of the account. */
  scopes: z.array(Scope).max(32).optional(),
  /** The key is not valid from then on; left out or null: it does not expire. */
  expires_at: z.iso
    .datetime({ offset: true, error: 'must be a time as 2026-01-31T12:00:00Z' })
    .nullish()
    .refine((time) => !time || Date.parse(time) > Date.now(), 'must be in the future'),
});

/** The answer to a login. `principal_id` is the subject of its access tokens. */
export function encodeLogin({
  user,
  accessToken,
  refreshToken,
  expiresInS,
}: Login): z.input<typeof replies.Login> {
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

export function encodeUser(user: User, scopes: string[]): z.input<typeof replies.User> {
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
export function encodeValidation(identity: Identity | null): z.input<typeof replies.Validation> {
  if (!identity) return { valid: false };
  const { claims, caller } = identity;
  return { valid: true, ...(claims ?? { sub: caller.userId, kind: caller.kind, scopes: caller.scopes }) };
}

export function encodeApiKey({
  id,
  name,
  last4,
  scopes,
  createdAt,
  lastUsedAt,
  expiresAt,
}: ApiKey): z.input<typeof replies.ApiKey> {
  return {
    id,
    name,
    last4,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
    scopes,
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
