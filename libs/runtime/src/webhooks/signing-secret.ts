import { randomBytes } from 'node:crypto';

const secretBytes = 32;

/** A new secret in the form of Standard Webhooks: `whsec_` and base64. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

/** Sealed secrets of a row: the one that signs, and while it is being replaced the one before. */
export interface SealedSecrets {
  current: string;
  previous: string | null;
}

/** The columns of `SealedSecrets`, wherever secrets are stored; the database's clock decides whether the previous one still signs. */
export const sealedSecretColumns = `sealed_secret as current,
  case when previous_secret_until > clock_timestamp() then sealed_previous_secret end as previous`;

/** Assignments that put a new secret ($2) in place of the one there is, which goes on signing for $3 milliseconds. */
export const replaceSecret = `sealed_previous_secret = sealed_secret, sealed_secret = $2,
  previous_secret_until = clock_timestamp() + $3 * interval '1 ms'`;
