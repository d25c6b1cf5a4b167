import { Module } from '@nestjs/common';
import { RoutingModule } from '../routing/routing.module.ts';
import { LlmHandler } from './llm.handler.ts';

@Module({ imports: [RoutingModule], controllers: [LlmHandler] })
export class LlmBusModule {}
