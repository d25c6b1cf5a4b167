import { authRevoked } from '@antiphon/contracts';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Subscribes } from '../bus/decorators.ts';
import { TokenVerifier } from './token-verifier.ts';

/** Refuses credentials as soon as the auth service publishes that they were revoked. */
@Controller()
export class RevocationsHandler {
  constructor(private readonly verifier: TokenVerifier) {}

  @Subscribes(authRevoked)
  onRevoked({ ids }: z.infer<typeof authRevoked.payload>): void {
    this.verifier.revoke(ids);
  }
}
