import { Module } from '@nestjs/common';
import { DialectModule } from '../dialect.module.ts';
import { AgentController } from './agent.controller.ts';
import { ConversationTurnsController } from './conversation-turns.controller.ts';
import { DecisionsController } from './decisions.controller.ts';

@Module({
  imports: [DialectModule],
  controllers: [AgentController, DecisionsController, ConversationTurnsController],
})
export class AgentModule {}
