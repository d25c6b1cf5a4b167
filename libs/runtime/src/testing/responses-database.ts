import { createTestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeEach } from 'vitest';
import { responsesSchema } from '../database/database-schema.ts';
import type { StoreLimits } from '../database/store-limits.ts';
import { testStores, type TestStores } from './test-stores.ts';

/** The tables without a reference to another one; all other tables are emptied with them. */
const tables = [
  'answers',
  'conversations',
  'idempotency_keys',
  'outbox',
  'responses',
  'webhook_endpoints',
  'webhook_hosts',
  'webhook_receivers',
].map((table) => `responses.${table}`);

/** A database of the calling spec. Its tables are empty at the beginning of each test. */
export async function responsesDatabase() {
  const database = await createTestDatabase(responsesSchema);
  afterAll(() => database.drop());
  beforeEach(() => database.dataSource.query(`truncate ${tables.join(', ')} cascade`));
  /** The stores of one process of this owner. */
  const storesWith = (limits: Partial<StoreLimits> = {}, owner = 'worker-1'): TestStores =>
    testStores(database.dataSource, { limits, owner });
  return { database, storesWith };
}
