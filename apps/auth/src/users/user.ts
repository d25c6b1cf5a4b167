import type { AccountKind } from '@antiphon/contracts';

/** `user`: an account whose holder gave an e-mail address. */
export type UserKind = 'guest' | 'user';

/** An account. Its id is the subject of its tokens, and also its tenant unless the operator put it into that of another account. */
export interface User {
  id: string;
  username: string;
  kind: UserKind;
  email: string | null;
  /** When the address was proven; null for an address that was only claimed. */
  emailVerifiedAt: Date | null;
  fullName: string | null;
  /** The scopes that the operator granted, beside those of every account. */
  scopes: string[];
  /** The id of the account whose tenant it belongs to; null: its own. */
  tenantId: string | null;
  createdAt: Date;
}

/** The kind that determines an account's rights: `guest` until its e-mail address is proven. */
export function accountKind({ kind, emailVerifiedAt }: Pick<User, 'kind' | 'emailVerifiedAt'>): AccountKind {
  return kind === 'user' && emailVerifiedAt !== null ? 'user' : 'guest';
}
