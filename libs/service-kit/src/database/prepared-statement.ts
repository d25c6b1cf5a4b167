import type { Pool, PoolClient } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';

const names = new Map<string, string>();

/**
 * Runs one statement on the pool or on the connection of a query runner, and returns its rows: those of a SELECT or of RETURNING. It is prepared by
 * name, so PostgreSQL parses it once a connection, and after five runs it may keep the plan: for a statement of several parts both take longer than the
 * run. Every text stays prepared, so texts must not be made of values. Throws the driver's error.
 */
export async function runPrepared<Row extends object>(
  on: DataSource | QueryRunner,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = on instanceof DataSource ? poolOf(on) : await clientOf(on);
  return (await client.query<Row>({ name: nameOf(sql), text: sql, values })).rows;
}

/** TypeORM's pool of pg connections, which its driver's type does not show. It is there once the data source is connected. */
function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { master: Pool }).master;
}

/** A query runner holds one connection of that pool. */
async function clientOf(runner: QueryRunner): Promise<PoolClient> {
  return (await runner.connect()) as PoolClient;
}

function nameOf(sql: string): string {
  let name = names.get(sql);
  if (!name) names.set(sql, (name = `statement_${names.size}`));
  return name;
}
