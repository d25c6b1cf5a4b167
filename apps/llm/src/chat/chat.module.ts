import { Module } from '@nestjs/common';
import { RoutingModule } from '../routing/routing.module.ts';
import { ChatController } from './chat.controller.ts';

@Module({ imports: [RoutingModule], controllers: [ChatController] })
export class ChatModule {}
