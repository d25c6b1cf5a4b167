import { Module } from '@nestjs/common';
import { CreateModule } from '../create/create.module.ts';
import { PromptsModule } from '../prompts/prompts.module.ts';
import { ResponseSockets } from './response-sockets.ts';

/** The WebSocket transport of the Responses API. */
@Module({ imports: [CreateModule, PromptsModule], providers: [ResponseSockets] })
export class WebsocketModule {}
