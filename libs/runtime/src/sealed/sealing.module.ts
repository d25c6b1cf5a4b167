import { Module } from '@nestjs/common';
import { SealedReasoning } from './sealed-reasoning.ts';
import { ServerAccessBox } from './server-access.ts';

@Module({ providers: [SealedReasoning, ServerAccessBox], exports: [SealedReasoning, ServerAccessBox] })
export class SealingModule {}
