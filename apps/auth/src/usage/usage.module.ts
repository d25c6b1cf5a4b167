import { Module } from '@nestjs/common';
import { LocalIdentityGuard } from '../me/local-identity.guard.ts';
import { VerificationModule } from '../verification/verification.module.ts';
import { UsageCounter } from './usage-counter.ts';
import { UsageController } from './usage.controller.ts';
import { UsageHandler } from './usage.handler.ts';
import { UsageStore } from './usage.store.ts';

/** The usage of runs by account, key and model, counted from events. */
@Module({
  imports: [VerificationModule],
  controllers: [UsageController, UsageHandler],
  providers: [UsageStore, UsageCounter, LocalIdentityGuard],
})
export class UsageModule {}
