import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.ts';
import { SessionsModule } from '../sessions/sessions.module.ts';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.ts';
import { UsersModule } from '../users/users.module.ts';
import { VerificationModule } from '../verification/verification.module.ts';
import { AuthController } from './auth.controller.ts';
import { IdentityGuard } from './identity.ts';
import { JwksController } from './jwks.controller.ts';

/** The routes of the service. */
@Module({
  imports: [UsersModule, SigningKeysModule, SessionsModule, ApiKeysModule, VerificationModule],
  controllers: [AuthController, JwksController],
  providers: [IdentityGuard],
})
export class AuthHttpModule {}
