import { Module } from '@nestjs/common';
import { StoredUseModule } from '../database/stored-use.module.ts';
import { DecisionStoreModule } from '../decisions/decision-store.module.ts';
import { EventLogStoreModule } from '../event-log/event-log-store.module.ts';
import { IdempotencyModule } from '../idempotency/idempotency.module.ts';
import { ItemStore } from './item.store.ts';
import { ResponseStore } from './response.store.ts';
import { UnstoredUsage } from './unstored-usage.ts';

const stores = [ItemStore, ResponseStore, UnstoredUsage];

@Module({
  imports: [DecisionStoreModule, EventLogStoreModule, IdempotencyModule, StoredUseModule],
  providers: stores,
  exports: stores,
})
export class ResponseStoreModule {}
