import { Module } from '@nestjs/common';
import { AnswerCacheModule } from '../answer-cache/answer-cache.module.ts';
import { HeldRunsModule } from '../held-runs/held-runs.module.ts';
import { InputModule } from '../input/input.module.ts';
import { QuotasModule } from '../quotas/quotas.module.ts';
import { Admission } from './admission.ts';
import { ConversationAccess } from './conversation-access.ts';
import { CreateService } from './create.service.ts';
import { ForegroundRuns } from './foreground-runs.ts';
import { RepeatedCreates } from './repeated-creates.ts';
import { ResponseInsertion } from './response-insertion.ts';
import { ResponsePreparer } from './response-preparer.ts';

/** Creates responses: prepares a request, admits it, stores it and starts its run. */
@Module({
  imports: [AnswerCacheModule, HeldRunsModule, InputModule, QuotasModule],
  providers: [
    ConversationAccess,
    ResponsePreparer,
    Admission,
    RepeatedCreates,
    ResponseInsertion,
    ForegroundRuns,
    CreateService,
  ],
  exports: [ConversationAccess, ResponsePreparer, ForegroundRuns, CreateService],
})
export class CreateModule {}
