import { Module } from '@nestjs/common';
import { ResponsesModule } from '../responses/responses.module.ts';
import { ApprovalsController } from './approvals.controller.ts';
import { ApprovalsService } from './approvals.service.ts';

/** Calls that wait for approval in paused runs of all dialects, and their decisions. */
@Module({
  imports: [ResponsesModule],
  controllers: [ApprovalsController],
  providers: [ApprovalsService],
})
export class ApprovalsModule {}
