import { Module } from '@nestjs/common';
import { ResponseStoreModule } from '../responses/response-store.module.ts';
import { EventLogStoreModule } from './event-log-store.module.ts';
import { RunEvents } from './run-events.ts';

@Module({
  imports: [EventLogStoreModule, ResponseStoreModule],
  providers: [RunEvents],
  exports: [EventLogStoreModule, RunEvents],
})
export class EventLogModule {}
