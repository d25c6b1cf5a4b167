/** How an account came to be: by itself, or with an e-mail address to it. */
export type UserKind = 'guest' | 'user';

/** An account. Its id is the subject of its tokens and, since nothing is shared, also its tenant. */
export interface User {
  id: string;
  username: string;
  kind: UserKind;
  email: string | null;
  fullName: string | null;
  createdAt: Date;
}
