import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.ts';
import { UsersModule } from '../users/users.module.ts';
import { VerificationModule } from '../verification/verification.module.ts';
import { LocalIdentityGuard } from './local-identity.guard.ts';
import { MeController } from './me.controller.ts';

/** Who a caller is and what it may do. */
@Module({
  imports: [UsersModule, ApiKeysModule, VerificationModule],
  controllers: [MeController],
  providers: [LocalIdentityGuard],
})
export class MeModule {}
