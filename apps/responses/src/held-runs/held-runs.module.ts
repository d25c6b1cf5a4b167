import { Module } from '@nestjs/common';
import { HeldRuns } from './held-runs.ts';

/** Streams that stay open while their client runs the tools. */
@Module({ providers: [HeldRuns], exports: [HeldRuns] })
export class HeldRunsModule {}
