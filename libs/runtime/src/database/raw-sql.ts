import type { Pool } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

const statementNames = new Map<string, string>();

/** One prepared statement for each text: PostgreSQL plans it once a connection. */
export function statementName(sql: string): string {
  let name = statementNames.get(sql);
  if (!name) statementNames.set(sql, (name = `responses_${statementNames.size}`));
  return name;
}

/** TypeORM's own pool of pg connections; its driver's type does not show it. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { master: Pool }).master;
}

/** For UPDATE … RETURNING TypeORM's raw query answers [rows, count], for SELECT the rows. */
export function rowsOf<Row>(result: unknown): Row[] {
  const [first, second] = result as unknown[];
  return (Array.isArray(first) && typeof second === 'number' ? first : result) as Row[];
}

/** Raw SQL: prepared by name on the pool, or within the transaction that is given. */
export async function runSql<Row extends object>(
  dataSource: DataSource,
  sql: string,
  values: unknown[],
  manager?: EntityManager,
): Promise<Row[]> {
  if (manager) return rowsOf<Row>(await manager.query(sql, values));
  const result = await poolOf(dataSource).query<Row>({ name: statementName(sql), text: sql, values });
  return result.rows;
}
