import { Module } from '@nestjs/common';
import { CompactionModule } from '../../compaction/compaction.module.ts';
import { DialectModule } from '../dialect.module.ts';
import { MessagesController } from './messages.controller.ts';

@Module({ imports: [DialectModule, CompactionModule], controllers: [MessagesController] })
export class MessagesModule {}
