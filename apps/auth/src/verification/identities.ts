import type { Caller } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { SessionStore } from '../sessions/session.store.ts';
import { type AccessClaims, AccessTokens } from '../sessions/tokens.ts';

/** The caller that a token or key belongs to. */
export interface Identity {
  caller: Caller;
  /** The claims of the access token; null for an API key. */
  claims: AccessClaims | null;
}

/**
 * Identifies callers by their token or key. Other services cache the answers of this one; this service reads its database for every request,
 * so it refuses revoked tokens and keys at once. It has no anonymous caller, even where the system allows one: that caller has no account.
 */
@Injectable()
export class Identities {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly sessions: SessionStore,
    private readonly apiKeys: ApiKeyStore,
  ) {}

  /** Null for a token that is not valid: of another issuer, expired, revoked, or no token at all. */
  async find(token: string): Promise<Identity | null> {
    const claims = this.tokens.read(token);
    if (claims) {
      const isRevoked = await this.sessions.isTokenRevoked(claims.jti, claims.iat);
      return isRevoked ? null : { caller: callerOf(claims), claims };
    }
    const caller = await this.apiKeys.callerOf(token);
    return caller && { caller, claims: null };
  }
}

function callerOf({ sub, kind, scopes, owner_kind: ownerKind, key_id: keyId, tenant }: AccessClaims): Caller {
  return {
    userId: sub,
    tenantId: tenant ?? sub,
    kind,
    scopes,
    ...(ownerKind && { ownerKind }),
    ...(keyId !== undefined && { keyId }),
  };
}
