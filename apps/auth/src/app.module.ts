import { DocumentsModule } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeysModule } from './api-keys/api-keys.module.ts';
import type { AuthConfig } from './config.ts';
import { ConsoleSessionModule } from './console/console-session.module.ts';
import { AuthHttpModule } from './http/http.module.ts';
import { authApi } from './http/routes.ts';
import { MeModule } from './me/me.module.ts';
import { meApi } from './me/routes.ts';
import { AuthResourcesModule } from './resources.module.ts';
import { SessionsModule } from './sessions/sessions.module.ts';
import { SigningKeysModule } from './signing-keys/signing-keys.module.ts';
import { UsersModule } from './users/users.module.ts';
import { usageApi } from './usage/routes.ts';
import { UsageModule } from './usage/usage.module.ts';
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
        ConsoleSessionModule,
        MeModule,
        UsageModule,
        DocumentsModule.of([authApi, meApi, usageApi]),
      ],
    };
  }
}
