import { Module } from '@nestjs/common';
import { BackgroundWorker } from './background-worker.ts';
import { BackgroundHandler } from './background.handler.ts';

@Module({
  controllers: [BackgroundHandler],
  providers: [BackgroundWorker],
})
export class BackgroundModule {}
