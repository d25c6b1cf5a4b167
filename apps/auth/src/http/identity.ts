import { AppError } from '@antiphon/contracts';
import { CallerLimits, type RequestIdentifier } from '@antiphon/service-kit';
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AccessClaims } from '../sessions/tokens.ts';
import { Identities, type Identity } from '../verification/identities.ts';

type IdentifiedRequest = FastifyRequest & { identity?: Identity };

/**
 * Lets a request through once its caller is identified and has requests left in this minute. A request with a body is identified before the
 * body is read.
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

/** The token or key of a request: null without one, empty for an Authorization header of another scheme. */
export function tokenOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const { authorization, 'x-api-key': apiKey } = headers;
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
  return typeof apiKey === 'string' ? apiKey : null;
}

/** The identity behind a request to a guarded route. */
export const CurrentIdentity = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  identityOf(context),
);

/**
 * The same for routes that change an account. They accept access tokens only, so that a leaked API key cannot make further keys. Throws
 * `forbidden` for an API key.
 */
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
