import { Module } from '@nestjs/common';
import { ResponsesModule } from '../responses/responses.module.ts';
import { RunsController } from './runs.controller.ts';
import { TimelinesService } from './timelines.service.ts';

/** The stored runs of all dialects, with their timelines. */
@Module({ imports: [ResponsesModule], providers: [TimelinesService], controllers: [RunsController] })
export class RunsApiModule {}
