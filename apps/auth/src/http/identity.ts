import { AppError, type Caller } from '@antiphon/contracts';
import {
  CallerLimits,
  callerOfRequest,
  credentialsOf,
  type IdentifiedRequest,
  IdentifyingGuard,
  secretOf,
} from '@antiphon/service-kit';
import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { AccessClaims } from '../sessions/tokens.ts';
import { Identities, type Identity } from '../verification/identities.ts';

type AuthRequest = IdentifiedRequest & Partial<Pick<Identity, 'claims'>>;

/** Identifies callers by the database of this service, which knows at once what was revoked. */
@Injectable()
export class IdentityGuard extends IdentifyingGuard {
  constructor(
    private readonly identities: Identities,
    limits: CallerLimits,
  ) {
    super(limits);
  }

  protected override async findCaller(request: AuthRequest): Promise<Caller> {
    const token = secretOf(credentialsOf(request));
    if (token === undefined) {
      throw new AppError('unauthenticated', 'Send an access token: "Authorization: Bearer <token>".');
    }
    const identity = await this.identities.find(token);
    if (!identity) {
      throw new AppError('unauthenticated', 'The token is not valid: it is unknown, expired or revoked.');
    }
    request.claims = identity.claims;
    return identity.caller;
  }
}

/**
 * The caller of a route that changes an account. It accepts access tokens of accounts only, so that a leaked API key cannot make further keys.
 * Throws `forbidden` for an API key and for a token that one was exchanged for.
 */
export const CurrentHolder = createParamDecorator((_data: unknown, context: ExecutionContext): Holder => {
  const request = context.switchToHttp().getRequest<AuthRequest>();
  const caller = callerOfRequest(request);
  if (!request.claims || caller.kind === 'key')
    throw new AppError('forbidden', 'An API key cannot manage the account: use an access token.');
  return { caller, claims: request.claims };
});

/** The holder of an access token. */
export interface Holder extends Identity {
  claims: AccessClaims;
}
