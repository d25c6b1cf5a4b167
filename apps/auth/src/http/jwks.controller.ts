import type { InputOf } from '@antiphon/contracts';
import { Serves } from '@antiphon/service-kit';
import { Controller, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { authRoutes as routes } from './routes.ts';
import { SigningKeys } from '../signing-keys/signing-keys.ts';

@Controller()
export class JwksController {
  constructor(
    private readonly keys: SigningKeys,
    @Inject(AUTH_CONFIG) private readonly config: AuthConfig,
  ) {}

  @Serves(routes.jwks)
  jwks(_input: InputOf<typeof routes.jwks>, @Res({ passthrough: true }) reply: FastifyReply) {
    const maxAgeS = Math.floor(this.config.signingKeys.jwksMaxAgeMs / 1000);
    void reply.header('cache-control', `public, max-age=${maxAgeS}`);
    return { keys: this.keys.published() };
  }
}
