import type { Caller } from '@antiphon/contracts';
import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RequestIdentifier } from '../http/body/body-admission.ts';
import { CallerLimits } from '../limits/caller-limits.ts';
import { TokenVerifier } from './token-verifier.ts';

type IdentifiedRequest = FastifyRequest & { caller?: Caller };

/**
 * Lets a request through once its caller is identified and has requests left in this minute. Identity comes from the token or key alone,
 * never from another header. A request with a body is identified before the body is read.
 */
@Injectable()
export class CallerGuard implements CanActivate, RequestIdentifier {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly limits: CallerLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.identify(context.switchToHttp().getRequest<IdentifiedRequest>());
    return true;
  }

  async identify(request: IdentifiedRequest): Promise<void> {
    const apiKey = request.headers['x-api-key'];
    if (request.caller) return;
    const caller = await this.verifier.verify({
      authorization: request.headers.authorization,
      apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    });
    this.limits.consume(caller, 'requests');
    request.caller = caller;
  }
}

/** The caller of a guarded route. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  return callerOfRequest(context.switchToHttp().getRequest<IdentifiedRequest>());
});

/** The caller of a request to a guarded route. */
export function callerOfRequest({ caller }: IdentifiedRequest): Caller {
  if (!caller) throw new Error('the caller of a request is known only on routes with CallerGuard');
  return caller;
}
