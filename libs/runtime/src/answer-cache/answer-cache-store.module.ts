import { Module } from '@nestjs/common';
import { AnswerStore } from './answer.store.ts';

@Module({ providers: [AnswerStore], exports: [AnswerStore] })
export class AnswerCacheStoreModule {}
