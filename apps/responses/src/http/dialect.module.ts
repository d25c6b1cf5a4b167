import { Module } from '@nestjs/common';
import { CreateModule } from '../create/create.module.ts';
import { PromptsModule } from '../prompts/prompts.module.ts';
import { ResponsesModule } from '../responses/responses.module.ts';
import { Replier } from './reply.ts';

/** The shared parts of the controllers of all dialects. */
@Module({
  imports: [CreateModule, ResponsesModule, PromptsModule],
  providers: [Replier],
  exports: [CreateModule, ResponsesModule, PromptsModule, Replier],
})
export class DialectModule {}
