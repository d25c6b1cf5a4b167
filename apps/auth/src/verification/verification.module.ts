import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.ts';
import { SessionsModule } from '../sessions/sessions.module.ts';
import { AuthHandler } from './auth.handler.ts';
import { Identities } from './identities.ts';

/** Whether a token or key is valid, and its caller: for the routes of this service, and over the bus for other services. */
@Module({
  imports: [SessionsModule, ApiKeysModule],
  controllers: [AuthHandler],
  providers: [Identities],
  exports: [Identities],
})
export class VerificationModule {}
