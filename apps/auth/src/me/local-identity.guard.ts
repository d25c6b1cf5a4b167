import type { Caller } from '@antiphon/contracts';
import { CallerLimits, credentialsOf, type IdentifiedRequest, localCallerOf } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { IdentityGuard } from '../http/identity.ts';
import { Identities } from '../verification/identities.ts';

/** Identifies callers as the other routes of this service do, and the local user where calls without a token are allowed. */
@Injectable()
export class LocalIdentityGuard extends IdentityGuard {
  constructor(
    identities: Identities,
    limits: CallerLimits,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'service'>,
  ) {
    super(identities, limits);
  }

  protected override async findCaller(request: IdentifiedRequest): Promise<Caller> {
    const local = this.config.service.localAccess && localCallerOf(credentialsOf(request));
    return local ?? super.findCaller(request);
  }
}
