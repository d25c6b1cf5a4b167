import { Module } from '@nestjs/common';
import { RoutingModule } from '../routing/routing.module.ts';
import { LlmHandler } from './llm.handler.ts';

@Module({ imports: [RoutingModule], providers: [LlmHandler] })
export class LlmBusModule {}
