import { Module } from '@nestjs/common';
import { CreateModule } from '../create/create.module.ts';
import { InputModule } from '../input/input.module.ts';
import { PromptsModule } from '../prompts/prompts.module.ts';
import { CompactionService } from './compaction.service.ts';
import { CompactionController } from './compaction.controller.ts';

/** Counts and compacts the context of a request without creating its response. */
@Module({
  imports: [CreateModule, InputModule, PromptsModule],
  controllers: [CompactionController],
  providers: [CompactionService],
  exports: [CompactionService],
})
export class CompactionModule {}
