import { Module } from '@nestjs/common';
import { ResponsesModule } from '../responses/responses.module.ts';
import { ApprovalWatch } from './approval-watch.ts';
import { ApprovalsController } from './approvals.controller.ts';
import { ApprovalsService } from './approvals.service.ts';

/** Calls that wait for approval in paused runs of all dialects, their decisions, and streams of both. */
@Module({
  imports: [ResponsesModule],
  controllers: [ApprovalsController],
  providers: [ApprovalsService, ApprovalWatch],
})
export class ApprovalsModule {}
