import { createHash, randomBytes } from 'node:crypto';

const secretBytes = 32;
const patterns = { rt: /^rt_[\w-]{43}$/, sk: /^sk_[\w-]{43}$/ };

/** What a token of ours that is not a JWT begins with: refresh tokens and API keys. */
export type TokenPrefix = keyof typeof patterns;

/** A new opaque token: prefix and 256 random bits. Only its hash is stored. */
export function newSecretToken(prefix: TokenPrefix): string {
  return `${prefix}_${randomBytes(secretBytes).toString('base64url')}`;
}

/** Whether a text can be such a token. Checked before it costs a query. */
export function isSecretToken(prefix: TokenPrefix, text: string): boolean {
  return patterns[prefix].test(text);
}

/** What is stored of a token. It has 256 bits of its own, so a plain fast hash cannot be searched. */
export function hashSecretToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
