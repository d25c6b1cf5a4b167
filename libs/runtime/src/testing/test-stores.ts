import type { DataSource } from 'typeorm';
import { HistoryStore } from '../conversations/history.store.ts';
import type { StoreLimits } from '../database/store-limits.ts';
import { StoredUse } from '../database/stored-use.ts';
import { DecisionStore } from '../decisions/decision.store.ts';
import { EventLogStore } from '../event-log/event-log.store.ts';
import { IdempotencyStore } from '../idempotency/idempotency.store.ts';
import { ItemStore } from '../responses/item.store.ts';
import { ResponseStore } from '../responses/response.store.ts';
import { UnstoredUsage } from '../responses/unstored-usage.ts';
import { LeaseStore } from '../runs/lease.store.ts';
import { DeliverySignal } from '../webhooks/delivery-signal.ts';

/** Limits that no test reaches unless it sets them. */
export const storeLimits: StoreLimits = {
  leaseMs: 30_000,
  backgroundTimeoutMs: 600_000,
  attemptsMax: 3,
  retryWaitMs: 1_000,
  historyMax: 50,
  historyItemsMax: 100,
  contextBytesMax: 1_000_000,
  pageBytesMax: 1_000_000,
  pauseMs: { hand_back: null, wait: 60_000, stay: 60_000, hold: 60_000 },
  headStartMs: 0,
  keyRetentionMs: 60_000,
};

export interface TestStoreOptions {
  owner?: string;
  limits?: Partial<StoreLimits>;
  outbox?: { hint: () => void };
  use?: StoredUse;
}

export type TestStores = ReturnType<typeof testStores>;

/** The stores of one process. */
export function testStores(
  dataSource: DataSource,
  { owner = 'worker-1', limits, outbox = { hint: () => undefined }, use }: TestStoreOptions = {},
) {
  const allLimits = { ...storeLimits, ...limits };
  const log = new EventLogStore(dataSource, allLimits);
  const keys = new IdempotencyStore(dataSource, allLimits);
  const decisions = new DecisionStore(dataSource, log, outbox, owner, allLimits);
  const deliveries = new DeliverySignal();
  const itsUse = use ?? new StoredUse(dataSource);
  return {
    log,
    keys,
    decisions,
    responses: new ResponseStore(dataSource, decisions, log, keys, outbox, itsUse, owner, allLimits),
    leases: new LeaseStore(dataSource, log, outbox, deliveries, owner, allLimits),
    deliveries,
    history: new HistoryStore(dataSource, allLimits),
    items: new ItemStore(dataSource, allLimits),
    usage: new UnstoredUsage(dataSource, outbox),
  };
}
