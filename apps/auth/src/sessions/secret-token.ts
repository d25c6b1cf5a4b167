import { createHash, randomBytes } from 'node:crypto';

const secretBytes = 32;
const patterns = { rt: /^rt_[\w-]{43}$/, sk: /^sk_[\w-]{43}$/ };

/** The prefix of opaque tokens: `rt` for refresh tokens, `sk` for API keys. */
export type TokenPrefix = keyof typeof patterns;

/** Makes an opaque token: a prefix and 256 random bits. Only its hash is stored. */
export function newSecretToken(prefix: TokenPrefix): string {
  return `${prefix}_${randomBytes(secretBytes).toString('base64url')}`;
}

/** Whether a text has the form of such a token. This check saves a query. */
export function isSecretToken(prefix: TokenPrefix, text: string): boolean {
  return patterns[prefix].test(text);
}

/** The stored hash of a token. A token has 256 random bits, so a fast hash is safe against guessing. */
export function hashSecretToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
