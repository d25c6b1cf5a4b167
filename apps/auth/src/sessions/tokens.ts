import { randomBytes } from 'node:crypto';
import { AccountKind, isId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { AUTH_CONFIG, type AuthConfig, NOW } from '../config.ts';
import { SigningKeys } from '../signing-keys/signing-keys.ts';
import { accountKind, type User } from '../users/user.ts';

/** What an access token says. */
export const AccessClaims = z.object({
  sub: z.string(),
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  iat: z.number(),
  jti: z.string(),
  /** The login that it comes from. */
  sid: z.string(),
  kind: AccountKind,
  scopes: z.array(z.string()),
});
export type AccessClaims = z.infer<typeof AccessClaims>;

/**
 * What every caller may do: `api` is the platform itself, `account` their own account, which an API key may not touch. The operator grants
 * others, to accounts and to API keys: `admin`, and words of its own that rules of `TOOLS_FILE` name.
 */
export const tokenScopes = ['api', 'account'];
export const apiKeyScopes = ['api'];

/** The type of access tokens by RFC 9068, which no other token of ours has. */
const type = 'at+jwt';
/** How far clocks may differ, in seconds. */
const clockToleranceS = 10;
const tokenIdBytes = 15;

/** Makes and reads access tokens: JWTs by RS256, with the key that signs now. */
@Injectable()
export class AccessTokens {
  constructor(
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'accessTokens'>,
    private readonly keys: SigningKeys,
    @Inject(NOW) private readonly now: () => number,
  ) {}

  issue(
    user: Pick<User, 'id' | 'kind' | 'emailVerifiedAt' | 'scopes'>,
    sessionId: string,
  ): { accessToken: string; expiresInS: number } {
    const { kid, privateKey } = this.keys.signer();
    const { issuer, audience, ttlMs } = this.config.accessTokens;
    const expiresInS = Math.floor(ttlMs / 1000);
    const claims = {
      sid: sessionId,
      kind: accountKind(user),
      scopes: [...tokenScopes, ...user.scopes],
      iat: Math.floor(this.now() / 1000),
    };
    const accessToken = jwt.sign(claims, privateKey, {
      algorithm: 'RS256',
      header: { alg: 'RS256', typ: type, kid },
      subject: user.id,
      issuer,
      audience,
      expiresIn: expiresInS,
      jwtid: newTokenId(sessionId),
    });
    return { accessToken, expiresInS };
  }

  /** The claims of a token that we signed and that has not expired; null for everything else. */
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
      return null; // whatever is wrong with it, it is not a token of ours that counts
    }
  }
}

/** A token's id begins with its login's, so that the answer about one token covers the end of its login. */
function newTokenId(sessionId: string): string {
  return `${sessionId}.${randomBytes(tokenIdBytes).toString('base64url')}`;
}

/** The login that a token's id belongs to; null where the id is not one of ours. */
export function sessionOfToken(tokenId: string): string | null {
  const [sessionId = ''] = tokenId.split('.', 1);
  return isId('session', sessionId) ? sessionId : null;
}
