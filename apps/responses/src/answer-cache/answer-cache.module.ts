import { Module } from '@nestjs/common';
import { AnswerCache } from './answer-cache.ts';

/** Answers that are reused for equal requests of the same caller. */
@Module({ providers: [AnswerCache], exports: [AnswerCache] })
export class AnswerCacheModule {}
