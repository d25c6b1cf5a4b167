import { Module } from '@nestjs/common';
import { CreateModule } from '../create/create.module.ts';
import { InputModule } from '../input/input.module.ts';
import { PromptsModule } from '../prompts/prompts.module.ts';
import { ResponsesModule } from '../responses/responses.module.ts';
import { CompactionService } from './compaction.service.ts';
import { ContextsController } from './contexts.controller.ts';

/** Counts and compacts the context of a request without creating its response. */
@Module({
  imports: [CreateModule, InputModule, PromptsModule, ResponsesModule],
  controllers: [ContextsController],
  providers: [CompactionService],
})
export class CompactionModule {}
