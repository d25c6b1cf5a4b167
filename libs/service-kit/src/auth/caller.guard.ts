import type { Caller } from '@antiphon/contracts';
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RequestIdentifier } from '../http/body-admission.ts';
import { TokenVerifier } from './token-verifier.ts';

type IdentifiedRequest = FastifyRequest & { caller?: Caller };

/**
 * Lets a request through once it is known who sent it. Identity comes from the token or key alone, never from another header. A request
 * with a body is identified before the body is read.
 */
@Injectable()
export class CallerGuard implements CanActivate, RequestIdentifier {
  constructor(@Inject(TokenVerifier) private readonly verifier: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.identify(context.switchToHttp().getRequest<IdentifiedRequest>());
    return true;
  }

  async identify(request: IdentifiedRequest): Promise<void> {
    const apiKey = request.headers['x-api-key'];
    request.caller ??= await this.verifier.verify({
      authorization: request.headers.authorization,
      apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    });
  }
}

/** The caller of a guarded route. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (!caller) throw new Error('CurrentCaller needs CallerGuard on the route');
  return caller;
});
