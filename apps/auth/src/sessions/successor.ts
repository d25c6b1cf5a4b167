import { hkdfSync } from 'node:crypto';
import { SecretBox } from '@antiphon/service-kit';

const context = 'auth.refresh_tokens|successor_sealed';

/**
 * Seals the successor of a refresh token, so that a repeated refresh can return it. The key is derived from the older token, of which only a hash
 * is stored: the database together with all secrets of the service does not open it.
 */
export function sealSuccessor(successor: string, token: string): string {
  return boxOf(token).seal(successor, context);
}

export function openSuccessor(sealed: string, token: string): string {
  return boxOf(token).open(sealed, context);
}

function boxOf(token: string): SecretBox {
  return SecretBox.from(Buffer.from(hkdfSync('sha256', token, '', context, 32)).toString('base64'));
}
