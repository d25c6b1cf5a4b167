import { hkdfSync } from 'node:crypto';
import { SecretBox } from '@antiphon/service-kit';

const context = 'auth.refresh_tokens|successor_sealed';

/**
 * Seals the refresh token that follows another one, so that whoever shows the older one again can be given it. The key is made from the
 * older token, of which only a hash is stored: the database and every secret of ours together do not open it.
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
