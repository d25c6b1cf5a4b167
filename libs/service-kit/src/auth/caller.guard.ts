import type { Caller } from '@antiphon/contracts';
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RequestIdentifier } from '../http/body/body-admission.ts';
import { CallerLimits } from '../limits/caller-limits.ts';
import { credentialsOf } from './credentials.ts';
import { TokenVerifier } from './token-verifier.ts';

export type IdentifiedRequest = FastifyRequest & { caller?: Caller };

/**
 * Lets a request through once its caller is identified and has requests left in this minute. Identity comes from the token or key alone,
 * never from another header. A request with a body is identified before the body is read.
 */
export abstract class IdentifyingGuard implements CanActivate, RequestIdentifier {
  constructor(private readonly limits: CallerLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.identify(context.switchToHttp().getRequest<IdentifiedRequest>());
    return true;
  }

  async identify(request: IdentifiedRequest): Promise<void> {
    if (request.caller) return;
    const caller = await this.findCaller(request);
    this.limits.consume(caller, 'requests');
    request.caller = caller;
  }

  /** Throws `unauthenticated`. */
  protected abstract findCaller(request: IdentifiedRequest): Promise<Caller>;
}

/** The guard of the services that verify tokens with the keys and answers of the auth service. */
@Injectable()
export class CallerGuard extends IdentifyingGuard {
  constructor(
    private readonly verifier: TokenVerifier,
    limits: CallerLimits,
  ) {
    super(limits);
  }

  protected override findCaller(request: IdentifiedRequest): Promise<Caller> {
    return this.verifier.verify(credentialsOf(request));
  }
}

/** The caller of a guarded route. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  return callerOfRequest(context.switchToHttp().getRequest<IdentifiedRequest>());
});

/** The caller of a request to a guarded route. */
export function callerOfRequest({ caller }: IdentifiedRequest): Caller {
  if (!caller)
    throw new Error('the caller of a request is known only on routes with a guard that identifies it');
  return caller;
}
