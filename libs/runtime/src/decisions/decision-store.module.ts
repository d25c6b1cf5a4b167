import { Module } from '@nestjs/common';
import { EventLogStoreModule } from '../event-log/event-log-store.module.ts';
import { DecisionStore } from './decision.store.ts';

@Module({ imports: [EventLogStoreModule], providers: [DecisionStore], exports: [DecisionStore] })
export class DecisionStoreModule {}
