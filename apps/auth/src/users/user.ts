import type { AccountKind } from '@antiphon/contracts';

/** How an account came to be: by itself, or with an e-mail address that its holder gave. */
export type UserKind = 'guest' | 'user';

/** An account. Its id is the subject of its tokens and, since nothing is shared, also its tenant. */
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
  createdAt: Date;
}

/** What an account may do: as a guest until its e-mail address is proven. */
export function accountKind({ kind, emailVerifiedAt }: Pick<User, 'kind' | 'emailVerifiedAt'>): AccountKind {
  return kind === 'user' && emailVerifiedAt !== null ? 'user' : 'guest';
}
