import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.ts';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.ts';
import { UsersModule } from '../users/users.module.ts';
import { LoginService } from './login.service.ts';
import { Revocations } from './revocations.ts';
import { SessionStore } from './session.store.ts';
import { AccessTokens } from './tokens.ts';

/** Logins: their refresh tokens, their access tokens, and the revocation of both. */
@Module({
  imports: [UsersModule, ApiKeysModule, SigningKeysModule],
  providers: [SessionStore, AccessTokens, Revocations, LoginService],
  exports: [SessionStore, AccessTokens, Revocations, LoginService],
})
export class SessionsModule {}
