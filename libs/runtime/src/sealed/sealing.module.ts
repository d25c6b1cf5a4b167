import { Module } from '@nestjs/common';
import { CompactionBox } from './compaction-box.ts';
import { SealedReasoning } from './sealed-reasoning.ts';
import { ServerAccessBox } from './server-access.ts';

const boxes = [CompactionBox, SealedReasoning, ServerAccessBox];

@Module({ providers: boxes, exports: boxes })
export class SealingModule {}
