import { Module } from '@nestjs/common';
import { CompactionBox } from './compaction-box.ts';
import { InputResolver } from './input-resolver.ts';

/** Reads the input of a request: references, sealed entries and links. */
@Module({ providers: [CompactionBox, InputResolver], exports: [CompactionBox, InputResolver] })
export class InputModule {}
