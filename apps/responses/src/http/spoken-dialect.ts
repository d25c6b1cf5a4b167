import type { DialectName } from '@antiphon/contracts';
import { type Dialect, dialectNamed } from '@antiphon/dialects';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The dialect of a path, and the other dialects that a request may select with `X-Responses-Profile`. */
export interface SpokenHere {
  name: DialectName;
  profiles: readonly DialectName[];
}

/** The dialect of a request, as a handler's parameter. A profile that the path does not offer is ignored. */
export const Spoken = createParamDecorator(
  ({ name, profiles }: SpokenHere, context: ExecutionContext): Dialect => {
    const profile = context.switchToHttp().getRequest<FastifyRequest>().headers['x-responses-profile'];
    return dialectNamed(profiles.find((other) => other === profile) ?? name);
  },
);
