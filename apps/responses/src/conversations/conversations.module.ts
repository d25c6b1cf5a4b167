import { Module } from '@nestjs/common';
import { InputModule } from '../input/input.module.ts';
import { QuotasModule } from '../quotas/quotas.module.ts';
import { ConversationsController } from './conversations.controller.ts';
import { ConversationsService } from './conversations.service.ts';

/** Conversations and their items, as the openai dialect has them. */
@Module({
  imports: [InputModule, QuotasModule],
  controllers: [ConversationsController],
  providers: [ConversationsService],
})
export class ConversationsModule {}
