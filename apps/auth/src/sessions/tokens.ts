import { randomBytes } from 'node:crypto';
import { AccountKind, type Caller, CallerKind, isId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { AUTH_CONFIG, type AuthConfig, NOW } from '../config.ts';
import { SigningKeys } from '../signing-keys/signing-keys.ts';
import { accountKind, type User } from '../users/user.ts';

/** The claims of an access token. */
export const AccessClaims = z.object({
  sub: z.string(),
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  iat: z.number(),
  jti: z.string(),
  /** The id of its login. */
  sid: z.string(),
  kind: CallerKind,
  scopes: z.array(z.string()),
  /** Of a login by an API key: the kind of the key's account, and the key. */
  owner_kind: AccountKind.optional(),
  key_id: z.string().optional(),
  /** Left out where it is the subject. */
  tenant: z.string().optional(),
});
export type AccessClaims = z.infer<typeof AccessClaims>;

/**
 * The scopes of every access token and of every API key: `api` is the platform itself, `account` the caller's own account, which an API key
 * cannot change. The operator grants further scopes to accounts and API keys: `admin`, `approvals`, and the scopes in rules of `TOOLS_FILE`.
 */
export const tokenScopes = ['api', 'account'];
export const apiKeyScopes = ['api'];

/** An account as the caller of its tokens. */
export function callerOfUser(
  user: Pick<User, 'id' | 'kind' | 'emailVerifiedAt' | 'scopes' | 'tenantId'>,
): Caller {
  return {
    userId: user.id,
    tenantId: user.tenantId ?? user.id,
    kind: accountKind(user),
    scopes: [...tokenScopes, ...user.scopes],
  };
}

/** The type of access tokens by RFC 9068. */
const type = 'at+jwt';
/** The accepted difference of clocks, in seconds. */
const clockToleranceS = 10;
const tokenIdBytes = 15;

/** Issues and verifies access tokens: JWTs with RS256 and the present signing key. */
@Injectable()
export class AccessTokens {
  constructor(
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'accessTokens'>,
    private readonly keys: SigningKeys,
    @Inject(NOW) private readonly now: () => number,
  ) {}

  /** A token of a login. It does not outlive a login that has an end. */
  issue(
    caller: Caller,
    { sessionId, endsAt }: { sessionId: string; endsAt: Date | null },
  ): { accessToken: string; expiresInS: number } {
    const { kid, privateKey } = this.keys.signer();
    const { issuer, audience, ttlMs } = this.config.accessTokens;
    const leftMs = endsAt === null ? ttlMs : Math.min(ttlMs, endsAt.getTime() - this.now());
    const expiresInS = Math.max(1, Math.floor(leftMs / 1000));
    const claims = {
      sid: sessionId,
      kind: caller.kind,
      scopes: caller.scopes,
      ...(caller.ownerKind && { owner_kind: caller.ownerKind }),
      ...(caller.keyId !== undefined && { key_id: caller.keyId }),
      ...(caller.tenantId !== caller.userId && { tenant: caller.tenantId }),
      iat: Math.floor(this.now() / 1000),
    };
    const accessToken = jwt.sign(claims, privateKey, {
      algorithm: 'RS256',
      header: { alg: 'RS256', typ: type, kid },
      subject: caller.userId,
      issuer,
      audience,
      expiresIn: expiresInS,
      jwtid: newTokenId(sessionId),
    });
    return { accessToken, expiresInS };
  }

  /** The claims of a token that this service signed and that has not expired; null for every other text. */
  read(token: string): AccessClaims | null {
    try {
      const decoded = jwt.decode(token, { complete: true });
      const key = decoded?.header.typ === type && this.keys.publicKey(decoded.header.kid ?? '');
      if (!key) return null;
      const { issuer, audience } = this.config.accessTokens;
      return AccessClaims.parse(
        jwt.verify(token, key, {
          algorithms: ['RS256'],
          issuer,
          audience,
          clockTolerance: clockToleranceS,
          clockTimestamp: Math.floor(this.now() / 1000),
        }),
      );
    } catch {
      return null; // not a valid token of this service
    }
  }
}

/** A token's id begins with the id of its login, so that one check covers the token and its login. */
function newTokenId(sessionId: string): string {
  return `${sessionId}.${randomBytes(tokenIdBytes).toString('base64url')}`;
}

/** The login that a token's id belongs to; null for an id of another form. */
export function sessionOfToken(tokenId: string): string | null {
  const [sessionId = ''] = tokenId.split('.', 1);
  return isId('session', sessionId) ? sessionId : null;
}
