import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.ts';
import { VerificationModule } from '../verification/verification.module.ts';
import { ConsolePageGuard } from './console-page.guard.ts';
import { ConsoleSessionController } from './console-session.controller.ts';

/** The logins of browsers, for the console. */
@Module({
  imports: [SessionsModule, VerificationModule],
  controllers: [ConsoleSessionController],
  providers: [ConsolePageGuard],
})
export class ConsoleSessionModule {}
