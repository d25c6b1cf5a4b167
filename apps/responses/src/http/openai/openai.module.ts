import { Module } from '@nestjs/common';
import { DialectModule } from '../dialect.module.ts';
import { OpenaiController } from './openai.controller.ts';
import { ResponseListController } from './response-list.controller.ts';

@Module({ imports: [DialectModule], controllers: [OpenaiController, ResponseListController] })
export class OpenaiModule {}
