import { z } from 'zod';

/** How a caller was identified. `service` is a service of this system that acts for itself. */
export const CallerKind = z.enum(['guest', 'user', 'key', 'service']);
export type CallerKind = z.infer<typeof CallerKind>;

/** The kind of an account: `guest` until its e-mail address is proven. */
export const AccountKind = z.enum(['guest', 'user']);
export type AccountKind = z.infer<typeof AccountKind>;

/** A permission: `api`, `account`, `admin`, `tools` (calls of tools without a model), or a word that the operator's rules in `TOOLS_FILE` use. */
export const Scope = z
  .string()
  .regex(
    /^[a-z][a-z0-9:._-]{0,63}$/,
    'must be lower-case letters, digits and : . _ -, beginning with a letter',
  );

/** The caller of a request. The first argument of each function that reads or writes a caller's data. */
export const Caller = z.object({
  userId: z.string().min(1).max(128),
  tenantId: z.string().min(1).max(128),
  kind: CallerKind,
  scopes: z.array(z.string()),
  /** The kind of the account of an API key. A key without it counts as a guest's. */
  ownerKind: AccountKind.optional(),
  /** The id of the API key that the request came with. */
  keyId: z.string().max(128).optional(),
});
export type Caller = z.infer<typeof Caller>;

/** The rights of a caller, without its identity. Stored with a response, so that each process that continues the run has the same rights. */
export const CallerRights = Caller.pick({ kind: true, scopes: true, ownerKind: true, keyId: true });
export type CallerRights = z.infer<typeof CallerRights>;

/** The least rights that a caller can have: for responses whose rights were not stored. */
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

/** The kind of the caller's account. Limits and rules for guests hold for a guest's API keys too. */
export function accountKindOf({ kind, ownerKind }: Pick<Caller, 'kind' | 'ownerKind'>): AccountKind {
  return kind === 'user' || (kind === 'key' && ownerKind === 'user') ? 'user' : 'guest';
}
