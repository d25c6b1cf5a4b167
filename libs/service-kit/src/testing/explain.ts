import type { DataSource } from 'typeorm';

/** A node of PostgreSQL's plan of a statement, with the figures of its execution. */
export interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** Runs a statement and returns its plan. */
export async function explain(dataSource: DataSource, sql: string, values: unknown[] = []): Promise<Plan> {
  const rows = await dataSource.query<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(
    `explain (analyze, format json) ${sql}`,
    values,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (!plan) throw new Error('PostgreSQL explains every statement');
  return plan;
}

/** A plan's nodes. */
export function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** How many rows the scans of a plan read from tables and indexes, those that a filter removed included. */
export function rowsRead(plan: Plan): number {
  return nodesOf(plan)
    .filter((node) => /^(Seq|Index|Index Only|Bitmap Heap) Scan$/.test(node['Node Type']))
    .reduce((sum, node) => {
      const removed = node['Rows Removed by Filter'] ?? 0;
      return sum + (node['Actual Rows'] + removed) * node['Actual Loops'];
    }, 0);
}

/** The indexes that a plan uses, and the tables that it reads as a whole. */
export function scansOf(plan: Plan): string[] {
  const names = nodesOf(plan).flatMap((node) =>
    node['Node Type'] === 'Seq Scan' ? [`all ${node['Relation Name']}`] : (node['Index Name'] ?? []),
  );
  return [...new Set(names)].toSorted();
}

/** Runs a piece of code and returns the plans of the statements that it sent: those of TypeORM, and those on its pool. */
export async function plansOf(dataSource: DataSource, run: () => Promise<unknown>): Promise<Plan[]> {
  const sent: { text: string; values?: unknown[] }[] = [];
  const { logger } = dataSource;
  const { master: pool } = dataSource.driver as unknown as { master: TestPool }; // TypeORM's type does not show it
  const query = pool.query.bind(pool);
  dataSource.logger = {
    ...logger,
    logQuery: (text, values) => void sent.push({ text, values: Array.isArray(values) ? values : [] }),
  };
  pool.query = (statement) => {
    sent.push(statement);
    return query(statement);
  };
  try {
    await run();
  } finally {
    dataSource.logger = logger;
    pool.query = query;
  }
  const plans: Plan[] = [];
  for (const { text, values } of sent) plans.push(await explain(dataSource, text, values));
  return plans;
}

interface TestPool {
  query(statement: { text: string; values?: unknown[] }): Promise<unknown>;
}
