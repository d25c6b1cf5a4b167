import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { SigningKeys } from '../signing-keys/signing-keys.ts';

@Controller('.well-known')
export class JwksController {
  constructor(
    private readonly keys: SigningKeys,
    @Inject(AUTH_CONFIG) private readonly config: AuthConfig,
  ) {}

  @Get('jwks.json')
  jwks(@Res({ passthrough: true }) reply: FastifyReply) {
    const maxAgeS = Math.floor(this.config.signingKeys.jwksMaxAgeMs / 1000);
    void reply.header('cache-control', `public, max-age=${maxAgeS}`);
    return { keys: this.keys.published() };
  }
}
