import type { ServiceDefinition } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeysModule } from './api-keys/api-keys.module.ts';
import type { AuthConfig } from './config.ts';
import { AuthHttpModule } from './http/http.module.ts';
import { IdentityGuard } from './http/identity.ts';
import { AuthResourcesModule } from './resources.module.ts';
import { SessionsModule } from './sessions/sessions.module.ts';
import { SigningKeysModule } from './signing-keys/signing-keys.module.ts';
import { UsersModule } from './users/users.module.ts';
import { VerificationModule } from './verification/verification.module.ts';

@Module({})
export class AppModule {
  static with(config: AuthConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        AuthResourcesModule.with(config),
        UsersModule,
        SigningKeysModule,
        SessionsModule,
        ApiKeysModule,
        VerificationModule,
        AuthHttpModule,
      ],
    };
  }
}

/** Routes for callers without an access token, and for the validation of one. */
const openRoutes = ['/auth/guest-login', '/auth/refresh-token', '/auth/validate'];

export function authService(config: AuthConfig): ServiceDefinition {
  return { name: 'auth', config, module: AppModule.with(config), identifiedBy: IdentityGuard, openRoutes };
}
