import type { Caller } from '@antiphon/contracts';
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { TokenVerifier } from './token-verifier.ts';

type IdentifiedRequest = FastifyRequest & { caller?: Caller };

/** Lets a request through once it is known who sent it. Identity comes from the token or key alone, never from another header. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(@Inject(TokenVerifier) private readonly verifier: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    const apiKey = request.headers['x-api-key'];
    request.caller = await this.verifier.verify({
      authorization: request.headers.authorization,
      apiKey: typeof apiKey === 'string' ? apiKey : undefined,
    });
    return true;
  }
}

/** The caller of a guarded route. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (!caller) throw new Error('CurrentCaller needs CallerGuard on the route');
  return caller;
});
