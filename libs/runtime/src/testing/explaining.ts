import { explain, type Plan } from '@antiphon/service-kit/testing';
import type { DataSource } from 'typeorm';
import { type Query, queryOn } from '../database/raw-sql.ts';

/** Statements on the pool, each explained before it runs. */
export function explaining(dataSource: DataSource): { query: Query; plans: Plan[] } {
  const run = queryOn(dataSource);
  const plans: Plan[] = [];
  const query: Query = async (sql, values) => {
    plans.push(await explain(dataSource, sql, values));
    return run(sql, values);
  };
  return { query, plans };
}
