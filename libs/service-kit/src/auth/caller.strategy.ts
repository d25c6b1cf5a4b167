import { AccountKind, AppError, Caller, CallerKind } from '@antiphon/contracts';
import jwt from 'jsonwebtoken';
import { ExtractJwt, Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { z } from 'zod';
import type { TokenConfig } from '../config/service-config.ts';
import type { PublishedKeys } from './published-keys.ts';

/** The claims of an access token that we read. */
const Claims = z.object({
  sub: z.string(),
  exp: z.number(),
  jti: z.string(),
  iat: z.number().optional(),
  sid: z.string().optional(),
  kind: CallerKind,
  scopes: z.array(z.string()).default([]),
  tenant: z.string().optional(),
  /** Of a login by an API key: the kind of the key's account, and the key. */
  owner_kind: AccountKind.optional(),
  key_id: z.string().optional(),
});

/** A verified token: its caller, its id and its expiry. */
export interface VerifiedToken {
  caller: Caller;
  tokenId: string;
  /** The id of its login, where the token has one. */
  sessionId: string | undefined;
  /** Unix seconds. */
  issuedAt: number | undefined;
  expiresAtMs: number;
}

/** The type of access tokens (RFC 9068), so that no other token of the same issuer passes for one. */
const accessTokenType = 'at+jwt';

/** How far clocks may differ, in seconds. */
const clockToleranceS = 10;

/** Verifies access tokens: RS256 only, with the key that the token names and the auth service publishes. */
export function createCallerStrategy(
  config: Pick<TokenConfig, 'issuer' | 'audience'>,
  keys: PublishedKeys,
): Strategy {
  const options: StrategyOptionsWithoutRequest = {
    jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
    algorithms: ['RS256'],
    issuer: config.issuer,
    audience: config.audience,
    jsonWebTokenOptions: { clockTolerance: clockToleranceS },
    secretOrKeyProvider: (_request, token: string, done) => {
      keyOf(token, keys).then(
        // jsonwebtoken accepts a KeyObject and is five times as fast with it; the types of passport-jwt have the text form only.
        (key) => done(null, key as unknown as string),
        (error: unknown) => done(error),
      );
    },
  };
  return new Strategy(options, (payload: unknown, done) => {
    const claims = Claims.safeParse(payload);
    if (!claims.success) return done(null, false);
    const { sub, exp, jti, iat: issuedAt, sid: sessionId, kind, scopes, tenant } = claims.data;
    const { owner_kind: ownerKind, key_id: keyId } = claims.data;
    const caller: Caller = {
      userId: sub,
      tenantId: tenant ?? sub,
      kind,
      scopes,
      ...(ownerKind && { ownerKind }),
      ...(keyId !== undefined && { keyId }),
    };
    const expiresAtMs = exp * 1000;
    done(null, { caller, tokenId: jti, sessionId, issuedAt, expiresAtMs } satisfies VerifiedToken);
  });
}

async function keyOf(token: string, keys: PublishedKeys) {
  const { kid, typ } = jwt.decode(token, { complete: true })?.header ?? {};
  const isAccessToken = typ === accessTokenType && kid !== undefined && /^[\w-]{1,64}$/.test(kid);
  const key = isAccessToken ? await keys.find(kid) : undefined;
  if (!key)
    throw new AppError('unauthenticated', 'The access token is not signed by this server: log in again.');
  return key;
}
