import type { Pool } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { asConversationLocked } from '../conversations/conversation-locked.ts';

/**
 * Runs one SQL statement and returns its rows: those of a SELECT or of RETURNING. Throws `conversation_locked` for a second run in a
 * conversation, else the driver's error.
 */
export type Query = <Row extends object>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Statements on the pool, each prepared by name: PostgreSQL plans it once a connection. */
export function queryOn(dataSource: DataSource): Query {
  // TypeORM's pool of pg connections, which its driver's type does not show. It is there once the data source is connected.
  const pool = () => (dataSource.driver as unknown as { master: Pool }).master;
  return async <Row extends object>(sql: string, values: unknown[] = []) => {
    try {
      return (await pool().query<Row>({ name: statementName(sql), text: sql, values })).rows;
    } catch (error) {
      throw asConversationLocked(error);
    }
  };
}

/** Statements within a transaction. */
export function queryIn(manager: EntityManager): Query {
  return async <Row extends object>(sql: string, values: unknown[] = []) => {
    try {
      return rowsOf<Row>(await manager.query(sql, values));
    } catch (error) {
      throw asConversationLocked(error);
    }
  };
}

/** The database's clock, in milliseconds. Leases and deadlines go by it. */
export async function databaseNowMs(query: Query): Promise<number> {
  const [row] = await query<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms');
  return Math.round(Number(row?.ms));
}

const statementNames = new Map<string, string>();

function statementName(sql: string): string {
  let name = statementNames.get(sql);
  if (!name) statementNames.set(sql, (name = `responses_${statementNames.size}`));
  return name;
}

/** TypeORM returns the rows of a SELECT or INSERT, and [rows, count] of an UPDATE or DELETE. */
function rowsOf<Row>(result: unknown): Row[] {
  const [first, second] = result as unknown[];
  return (Array.isArray(first) && typeof second === 'number' ? first : result) as Row[];
}
