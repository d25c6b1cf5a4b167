import type { EntityManager } from 'typeorm';

export interface PageQuery {
  /** The last entry of the page before; null begins at the start. */
  after: string | null;
  /** The first entry of the page behind; null for none. */
  before: string | null;
  limit: number;
  order: 'asc' | 'desc';
}

export interface Page<Row> {
  rows: Row[];
  /** Whether there are more in the direction of reading. */
  hasMore: boolean;
}

/** What a list reads: rows with these values, in the order of `key`, all from one index of the columns and the key. */
export interface KeysetList {
  select: string;
  table: string;
  columns: readonly string[];
  values: readonly unknown[];
  key: string;
  /** A further condition, without parameters. */
  condition?: string;
}

/** A page between two keys; null leaves an end open. With `before` alone it is the page just before that key. */
export async function readPage<Row>(
  db: Pick<EntityManager, 'query'>,
  list: KeysetList,
  page: Omit<PageQuery, 'after' | 'before'> & { after: unknown; before: unknown },
): Promise<Page<Row>> {
  const { limit, order, after, before } = page;
  const parameters = [...list.values];
  const columns = list.columns.join(', ');
  const values = list.values.map((_, place) => `$${place + 1}`).join(', ');
  const isBackward = before !== null && after === null;
  const direction = (order === 'asc') === isBackward ? 'desc' : 'asc';
  // Written as bounds, with the columns in the order: only the index of this list serves them, whatever the planner estimates.
  const conditions = [`(${columns}) >= (${values}) and (${columns}) <= (${values})`];
  if (list.condition !== undefined) conditions.push(list.condition);
  const bound = (key: unknown, sign: string) =>
    conditions.push(`(${columns}, ${list.key}) ${sign} (${values}, $${parameters.push(key)})`);
  if (after !== null) bound(after, order === 'asc' ? '>' : '<');
  if (before !== null) bound(before, order === 'asc' ? '<' : '>');
  const rows = await db.query<Row[]>(
    `select ${list.select} from ${list.table} where ${conditions.join(' and ')}
      order by ${[...list.columns, list.key].map((column) => `${column} ${direction}`).join(', ')}
      limit ${limit + 1}`,
    parameters,
  );
  const found = rows.slice(0, limit);
  return { rows: isBackward ? found.toReversed() : found, hasMore: rows.length > limit };
}
