import { testCaller } from '@antiphon/contracts/testing';
import { responsesSchema } from '@antiphon/runtime';
import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PromptStore } from './prompt.store.ts';

let database: TestDatabase;
let store: PromptStore;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
  store = new PromptStore(database.dataSource);
});
afterAll(() => database.drop());

it('lists prompts after one of them from the index of their times', async () => {
  const { dataSource } = database;
  await dataSource.query(
    `insert into responses.prompts (user_id, id, name, tags, default_version, latest_version, revision, created_at)
     select $1, 'prompt_' || lpad(n::text, 6, '0'), 'Prompt ' || n, '{}', 1, 1, 1, to_timestamp(n)
       from generate_series(1, 20000) n`,
    [testCaller.userId],
  );
  await dataSource.query('vacuum analyze responses.prompts');
  const statements: { sql: string; values: unknown[] }[] = [];
  const { logger } = dataSource;
  dataSource.logger = {
    ...logger,
    logQuery: (sql, values) => void statements.push({ sql, values: Array.isArray(values) ? values : [] }),
  };
  const { entries, hasMore } = await store.list(
    testCaller,
    { name: null, tag: null },
    { after: 'prompt_010000', limit: 3, order: 'desc' },
  );
  dataSource.logger = logger;
  expect([entries.map(({ name }) => name), hasMore]).toEqual([
    ['Prompt 9999', 'Prompt 9998', 'Prompt 9997'],
    true,
  ]);
  const [list] = statements;
  const plan = JSON.stringify(
    await dataSource.query(`explain (analyze, format json) ${list?.sql}`, list?.values),
  );
  expect(plan).toContain('"Index Name":"prompts_by_time"');
  expect(plan).not.toMatch(/"Node Type":"(Sort|Seq Scan)"|"Rows Removed by (Filter|Index Recheck)":[1-9]/);
  await dataSource.query('delete from responses.prompts');
});

it('ends a page of versions at its bound of bytes, with has_more', async () => {
  await database.dataSource.query(
    `insert into responses.prompts (user_id, id, name, tags, default_version, latest_version, revision)
     values ($1, 'prompt_large', 'Large', '{}', 1, 6, 1)`,
    [testCaller.userId],
  );
  await database.dataSource.query(
    `insert into responses.prompt_versions (user_id, prompt_id, version, content, variables)
     select $1, 'prompt_large', n, json_build_object('system_prompt', repeat('x', 900000)), '[]'
       from generate_series(1, 6) as n`,
    [testCaller.userId],
  );
  const page = async (after: string | null) => {
    const { entries, hasMore } = await store.versions(testCaller, 'prompt_large', {
      after,
      limit: 100,
      order: 'desc',
    });
    return { versions: entries.map(({ version }) => version), hasMore };
  };
  expect(await page(null)).toEqual({ versions: [6, 5, 4, 3], hasMore: true });
  expect(await page('3')).toEqual({ versions: [2, 1], hasMore: false });
});
