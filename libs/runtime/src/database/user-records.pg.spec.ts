import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { responsesSchema } from './database-schema.ts';
import { newResponse } from '../testing/new-response.ts';
import { testStores, type TestStores } from '../testing/test-stores.ts';
import { removeUserRecords } from './user-records.ts';

const never = new AbortController().signal;
let database: TestDatabase;
let stores: TestStores;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
  stores = testStores(database.dataSource, { owner: 'test' });
});
afterAll(() => database.drop());

const query = <Row>(sql: string, values: unknown[] = []) => database.dataSource.query<Row[]>(sql, values);

/** A row in each table with a user, and the rows that it refers to. */
async function storeRecords(userId: string): Promise<void> {
  const response = newResponse({ userId, tenantId: userId });
  await stores.responses.insert(response);
  const run = (sql: string) => query(sql, [userId]);
  await run(`insert into responses.conversations (user_id, id) values ($1, 'conv')`);
  await run(
    `insert into responses.conversation_items (user_id, conversation_id, item_id, item) values ($1, 'conv', 'item', '{}')`,
  );
  await run(
    `insert into responses.webhook_endpoints (id, user_id, name, url, event_types, sealed_secret, secret_hint)
     values ('end_' || $1, $1, '', 'https://example.com', '{}', '', '')`,
  );
  await run(`insert into responses.webhook_secrets (user_id, sealed_secret) values ($1, '')`);
  await run(
    `insert into responses.prompts (user_id, id, name, tags, default_version, latest_version, revision)
     values ($1, 'prompt', '', '{}', 1, 1, 1)`,
  );
  await run(
    `insert into responses.prompt_versions (user_id, prompt_id, version, content, variables) values ($1, 'prompt', 1, '{}', '{}')`,
  );
  await run(
    `insert into responses.prompt_audit (user_id, prompt_id, action, details, actor_id, actor_kind)
     values ($1, 'gone', 'deleted', '{}', $1, 'user')`,
  );
  await run(`insert into responses.idempotency_keys (user_id, key, request_hash) values ($1, 'key', '')`);
  const ofResponse = (sql: string) => query(sql, [userId, response.id]);
  await ofResponse(`insert into responses.answers (user_id, request_hash, response_id) values ($1, '', $2)`);
  await ofResponse(
    `insert into responses.webhook_deliveries (id, user_id, response_id, url) values ('del_' || $1, $1, $2, '')`,
  );
  await ofResponse(
    `insert into responses.tool_decisions (id, user_id, response_id, call_id, tool_name, action, proposed_arguments)
     values ('dec_' || $1, $1, $2, '', '', 'accept', '')`,
  );
}

/** How many rows of a user each table has. */
async function rowsOf(userId: string): Promise<Record<string, number>> {
  const tables = await query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'responses' and column_name = 'user_id'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await query<{ count: number }>(
      `select count(*)::int as count from responses.${name} where user_id = $1`,
      [userId],
    );
    counts[name] = row?.count ?? 0;
  }
  return counts;
}

it('removes all records of a user and none of others, also when it is repeated', async () => {
  for (const userId of ['user_gone', 'user_there']) await storeRecords(userId);
  const before = await rowsOf('user_gone');
  expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);
  for (let time = 0; time < 2; time++) await removeUserRecords(database.dataSource, 'user_gone', never);
  expect(new Set(Object.values(await rowsOf('user_gone')))).toEqual(new Set([0]));
  expect(await rowsOf('user_there')).toEqual(before);
});

it('removes more responses than one batch has', async () => {
  await query(
    `insert into responses.responses (id, user_id, tenant_id, status, background, body, created_at)
     select 'resp_' || i, 'user_many', 'user_many', 'completed', false, '{}', clock_timestamp() from generate_series(1, 1200) i`,
  );
  await removeUserRecords(database.dataSource, 'user_many', never);
  expect((await rowsOf('user_many')).responses).toBe(0);
});

it('takes the lease of a run in progress', async () => {
  const response = newResponse({ userId: 'user_running' });
  const lease = await stores.responses.insertRunning(response);
  await removeUserRecords(database.dataSource, 'user_running', never);
  expect(await stores.leases.finish(lease, { ...response, status: 'completed' })).toBe(false);
});
