import { randomBytes } from 'node:crypto';

const secretBytes = 32;

/** A new secret in the form of Standard Webhooks: `whsec_` and base64. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

/** Sealed secrets of a row: the current one, and the previous one while it still signs. */
export interface SealedSecrets {
  current: string;
  previous: string | null;
}

/** The columns of `SealedSecrets`, wherever secrets are stored; the database's clock decides whether the previous one still signs. */
export const sealedSecretColumns = `sealed_secret as current,
  case when previous_secret_until > clock_timestamp() then sealed_previous_secret end as previous`;

/** Assignments that replace the secret by $2; the old one signs as well for $3 milliseconds. */
export const replaceSecret = `sealed_previous_secret = sealed_secret, sealed_secret = $2,
  previous_secret_until = clock_timestamp() + $3 * interval '1 ms'`;
