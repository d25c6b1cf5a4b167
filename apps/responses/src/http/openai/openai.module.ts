import { Module } from '@nestjs/common';
import { DialectModule } from '../dialect.module.ts';
import { OpenaiController } from './openai.controller.ts';

@Module({ imports: [DialectModule], controllers: [OpenaiController] })
export class OpenaiModule {}
