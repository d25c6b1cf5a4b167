import {
  CallerLimits,
  databaseProvider,
  outboxProvider,
  type ServiceDefinition,
} from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeyStore } from './api-keys/api-key.store.ts';
import { AuthController } from './http/auth.controller.ts';
import { AuthHandler } from './verification/auth.handler.ts';
import { AuthService } from './sessions/login.service.ts';
import { AUTH_CONFIG, type AuthConfig, NOW } from './config.ts';
import { authSchema } from './database.ts';
import { Identities, IdentityGuard } from './http/identity.ts';
import { JwksController } from './http/jwks.controller.ts';
import { Reaper } from './users/reaper.ts';
import { Revocations } from './sessions/revocations.ts';
import { SessionStore } from './sessions/session.store.ts';
import { SigningKeyStore } from './signing-keys/signing-key.store.ts';
import { SigningKeys } from './signing-keys/signing-keys.ts';
import { AccessTokens } from './sessions/tokens.ts';
import { UserStore } from './users/user.store.ts';

@Module({})
export class AppModule {
  static with(config: AuthConfig): DynamicModule {
    return {
      module: AppModule,
      controllers: [AuthController, JwksController],
      providers: [
        { provide: AUTH_CONFIG, useValue: config },
        { provide: NOW, useValue: Date.now },
        { provide: CallerLimits, useValue: new CallerLimits(config.limits) },
        databaseProvider(config.database, authSchema),
        outboxProvider(config.outbox, authSchema.schema),
        UserStore,
        SessionStore,
        ApiKeyStore,
        SigningKeyStore,
        SigningKeys,
        AccessTokens,
        Identities,
        IdentityGuard,
        Revocations,
        AuthService,
        AuthHandler,
        Reaper,
      ],
    };
  }
}

/** Routes for callers who have no access token yet, or ask about one. */
const openRoutes = ['/auth/guest-login', '/auth/refresh-token', '/auth/validate'];

export function authService(config: AuthConfig): ServiceDefinition {
  return { name: 'auth', config, module: AppModule.with(config), identifiedBy: IdentityGuard, openRoutes };
}
