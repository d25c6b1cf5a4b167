import type { DialectName } from '@antiphon/contracts';
import { type Dialect, dialectNamed } from '@antiphon/dialects';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** What is spoken at a path: one dialect, or one of the others that its requests may ask for with `X-Responses-Profile`. */
export interface SpokenHere {
  name: DialectName;
  profiles: readonly DialectName[];
}

/** The dialect of a request, as a handler's parameter. A profile that is not spoken here is ignored. */
export const Spoken = createParamDecorator(
  ({ name, profiles }: SpokenHere, context: ExecutionContext): Dialect => {
    const profile = context.switchToHttp().getRequest<FastifyRequest>().headers['x-responses-profile'];
    return dialectNamed(profiles.find((other) => other === profile) ?? name);
  },
);
