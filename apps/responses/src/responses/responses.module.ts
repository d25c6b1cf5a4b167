import { Module } from '@nestjs/common';
import { CreateModule } from '../create/create.module.ts';
import { DecisionsService } from './decisions.service.ts';
import { ResponsesService } from './responses.service.ts';

/** Retrieves, cancels, decides and deletes existing responses. */
@Module({
  imports: [CreateModule],
  providers: [ResponsesService, DecisionsService],
  exports: [ResponsesService, DecisionsService],
})
export class ResponsesModule {}
