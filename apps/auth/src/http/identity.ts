import { AppError, type Caller } from '@antiphon/contracts';
import { CallerLimits, type RequestIdentifier } from '@antiphon/service-kit';
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { SessionStore } from '../sessions/session.store.ts';
import { type AccessClaims, AccessTokens } from '../sessions/tokens.ts';

/** Who sent a request, and what their access token says; null for an API key. */
export interface Identity {
  caller: Caller;
  claims: AccessClaims | null;
}

/**
 * Tells callers by their token or key. Other services ask this one and remember the answer for a while; here the database is asked each
 * time, so that what was revoked is refused at once. There is no anonymous caller, whatever the stack allows: it has no account.
 */
@Injectable()
export class Identities {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly sessions: SessionStore,
    private readonly apiKeys: ApiKeyStore,
  ) {}

  /** Null for a token that does not count: foreign, expired, revoked, or no token at all. */
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

function callerOf({ sub, kind, scopes }: AccessClaims): Caller {
  return { userId: sub, tenantId: sub, kind, scopes };
}

type IdentifiedRequest = FastifyRequest & { identity?: Identity };

/**
 * Lets a request through once it is known who sent it and the caller's requests a minute are not used up. A request with a body is identified
 * before the body is read.
 */
@Injectable()
export class IdentityGuard implements CanActivate, RequestIdentifier {
  constructor(
    private readonly identities: Identities,
    private readonly limits: CallerLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.identify(context.switchToHttp().getRequest<IdentifiedRequest>());
    return true;
  }

  async identify(request: IdentifiedRequest): Promise<void> {
    if (request.identity) return;
    const token = tokenOf(request);
    if (token === null) {
      throw new AppError('unauthenticated', 'Send an access token: "Authorization: Bearer <token>".');
    }
    const identity = await this.identities.find(token);
    if (!identity) {
      throw new AppError('unauthenticated', 'The token is not valid: it is unknown, expired or revoked.');
    }
    this.limits.consume(identity.caller, 'requests');
    request.identity = identity;
  }
}

/** The token or key that a request was sent with. */
export function tokenOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const { authorization, 'x-api-key': apiKey } = headers;
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
  return typeof apiKey === 'string' ? apiKey : null;
}

/** Who sent the request of a guarded route. */
export const CurrentIdentity = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  identityOf(context),
);

/** The same for routes that change an account: those are for access tokens, so that a leaked API key cannot make more of itself. */
export const CurrentHolder = createParamDecorator((_data: unknown, context: ExecutionContext): Holder => {
  const { caller, claims } = identityOf(context);
  if (!claims) throw new AppError('forbidden', 'An API key cannot manage the account: use an access token.');
  return { caller, claims };
});

/** The holder of an access token. */
export interface Holder extends Identity {
  claims: AccessClaims;
}

function identityOf(context: ExecutionContext): Identity {
  const { identity } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (!identity) throw new Error('CurrentIdentity needs IdentityGuard on the route');
  return identity;
}
