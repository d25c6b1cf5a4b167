/** Whose rows a query reads: those of a user, as far as they belong to `inTenant` where it is set, or those of a whole tenant. */
export type Owners = { userId: string; inTenant?: string } | { tenantId: string };

/** The column that drives a query of these rows, with its value: each has indexes of its own. */
export function ownerColumn(owners: Owners): { column: 'user_id' | 'tenant_id'; value: string } {
  return 'userId' in owners
    ? { column: 'user_id', value: owners.userId }
    : { column: 'tenant_id', value: owners.tenantId };
}

/** The tenant that each row of a user is compared with; null: none. */
export function comparedTenant(owners: Owners): string | null {
  return 'userId' in owners ? (owners.inTenant ?? null) : null;
}
