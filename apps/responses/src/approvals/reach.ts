import { AppError, type Caller } from '@antiphon/contracts';
import type { Owners } from '@antiphon/runtime';

/** With this scope a caller sees and decides the approvals of all callers of its tenant. */
export const approvalsScope = 'approvals';

/** Whose approvals a caller may see and decide: its own, and with the scope those of its tenant. */
export function reachOf({ userId, tenantId, scopes }: Caller): Owners[] {
  return scopes.includes(approvalsScope) ? [{ tenantId }, { userId }] : [{ userId }];
}

/**
 * Whose approvals a list has: of all that the caller sees (null), of the caller alone (`me`), or of the user with this id. Throws `forbidden` where
 * another user's are requested without the scope.
 */
export function listedOwners(caller: Caller, wanted: string | null): Owners {
  const { userId, tenantId, scopes } = caller;
  const isWide = scopes.includes(approvalsScope);
  if (wanted === null && isWide) return { tenantId };
  if (wanted === null || wanted === 'me' || wanted === userId) return { userId };
  if (isWide) return { userId: wanted, inTenant: tenantId };
  throw new AppError(
    'forbidden',
    `Only callers with the scope "${approvalsScope}" may see the approvals of other callers.`,
    { param: 'caller' },
  );
}
