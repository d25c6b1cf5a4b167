import { z } from 'zod';

/** How a caller proved who they are. `service` is one of our own services acting for itself. */
export const CallerKind = z.enum(['guest', 'user', 'key', 'service']);
export type CallerKind = z.infer<typeof CallerKind>;

/** What an account is: `guest` until its e-mail address is proven. */
export const AccountKind = z.enum(['guest', 'user']);
export type AccountKind = z.infer<typeof AccountKind>;

/** A permission beyond the account's own: `api`, `account`, `admin`, or a word of the operator's that rules of `TOOLS_FILE` name. */
export const Scope = z
  .string()
  .regex(
    /^[a-z][a-z0-9:._-]{0,63}$/,
    'must be lower-case letters, digits and : . _ -, beginning with a letter',
  );

/** Who asks. The first argument of everything that reads or writes someone's data. */
export const Caller = z.object({
  userId: z.string().min(1).max(128),
  tenantId: z.string().min(1).max(128),
  kind: CallerKind,
  scopes: z.array(z.string()),
  /** What the account of an API key is. A key without it counts as a guest's. */
  ownerKind: AccountKind.optional(),
  /** The id of the API key that the request came with. */
  keyId: z.string().max(128).optional(),
});
export type Caller = z.infer<typeof Caller>;

/** What a caller may do, apart from who they are. Stored with a response, so that each process that continues its run has the same rights. */
export const CallerRights = Caller.pick({ kind: true, scopes: true, ownerKind: true, keyId: true });
export type CallerRights = z.infer<typeof CallerRights>;

/** The least that a caller can have: for responses whose rights were not stored. */
const leastRights: CallerRights = Object.freeze({ kind: 'guest', scopes: [] });

export function rightsOf({ kind, scopes, ownerKind, keyId }: Caller): CallerRights {
  return { kind, scopes, ...(ownerKind && { ownerKind }), ...(keyId !== undefined && { keyId }) };
}

/** The caller that created a response, with the rights that the create had. A response without stored rights runs with a guest's and no scopes. */
export function creatorOf(response: {
  userId: string;
  tenantId: string;
  rights?: CallerRights | undefined;
}): Caller {
  const { userId, tenantId, rights = leastRights } = response;
  return { userId, tenantId, ...rights };
}

/** What the caller's account is. Limits and rules for guests hold for a guest's API keys too. */
export function accountKindOf({ kind, ownerKind }: Pick<Caller, 'kind' | 'ownerKind'>): AccountKind {
  return kind === 'user' || (kind === 'key' && ownerKind === 'user') ? 'user' : 'guest';
}
