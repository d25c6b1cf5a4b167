import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { runPrepared } from './prepared-statement.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ schema: 'prepared_test', entities: [], migrations: [] });
});
afterAll(() => database.drop());

it('prepares a statement once a connection, also over transactions', async () => {
  const runner = database.dataSource.createQueryRunner();
  const sum = 'select $1::int + $2::int as sum';
  for (const place of [1, 2]) {
    await runner.startTransaction();
    expect(await runPrepared(runner, sum, [place, 2])).toEqual([{ sum: place + 2 }]);
    await runner.commitTransaction();
  }
  expect(
    await runPrepared(runner, 'select statement from pg_prepared_statements where statement = $1', [sum]),
  ).toEqual([{ statement: sum }]);
  await runner.release();
});

it('returns the rows of RETURNING, and none of other changes', async () => {
  const on = database.dataSource;
  await runPrepared(on, 'create table prepared_test.things (name text)');
  const insert = 'insert into prepared_test.things values ($1)';
  expect(await runPrepared(on, insert, ['a'])).toEqual([]);
  expect(await runPrepared(on, `${insert} returning name`, ['b'])).toEqual([{ name: 'b' }]);
  expect(await runPrepared(on, 'delete from prepared_test.things')).toEqual([]);
});
