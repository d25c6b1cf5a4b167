import { Module } from '@nestjs/common';
import { DialectModule } from '../dialect.module.ts';
import { JanController } from './jan.controller.ts';

@Module({ imports: [DialectModule], controllers: [JanController] })
export class JanModule {}
