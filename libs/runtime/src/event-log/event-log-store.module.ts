import { Module } from '@nestjs/common';
import { EventLogStore } from './event-log.store.ts';

/** The rows of event logs, without their readers, which need the responses as well. */
@Module({ providers: [EventLogStore], exports: [EventLogStore] })
export class EventLogStoreModule {}
