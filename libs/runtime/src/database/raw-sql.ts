import { runPrepared } from '@antiphon/service-kit';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { asConversationLocked } from '../conversations/conversation-locked.ts';

/**
 * Runs one SQL statement and returns its rows: those of a SELECT or of RETURNING. Throws `conversation_locked` for a second run in a
 * conversation, else the driver's error.
 */
export type Query = <Row extends object>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Statements on the pool. */
export function queryOn(dataSource: DataSource): Query {
  return prepared(() => dataSource);
}

/** Statements within a transaction. */
export function queryIn({ queryRunner }: EntityManager): Query {
  return prepared(() => {
    if (!queryRunner) throw new Error('only the manager of a transaction has a connection');
    return queryRunner;
  });
}

/** The database's clock, in milliseconds. Leases and deadlines go by it. */
export async function databaseNowMs(query: Query): Promise<number> {
  const [row] = await query<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms');
  return Math.round(Number(row?.ms));
}

function prepared(on: () => DataSource | QueryRunner): Query {
  return async <Row extends object>(sql: string, values?: unknown[]) => {
    try {
      return await runPrepared<Row>(on(), sql, values);
    } catch (error) {
      throw asConversationLocked(error);
    }
  };
}
