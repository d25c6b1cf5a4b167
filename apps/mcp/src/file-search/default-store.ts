import { type Caller, newId } from '@antiphon/contracts';
import type { EntityManager } from 'typeorm';

/** The id of a caller's default store, which has the documents of the file_search tools; null before the first document. */
export async function findDefaultStore(
  db: Pick<EntityManager, 'query'>,
  { userId }: Caller,
): Promise<string | null> {
  const [row] = await db.query<{ id: string }[]>(
    'select id from mcp.vector_stores where user_id = $1 and is_default',
    [userId],
  );
  return row?.id ?? null;
}

/** The id of a caller's default store, which is created where there is none. */
export async function openDefaultStore(db: EntityManager, caller: Caller): Promise<string> {
  await db.query(
    `insert into mcp.vector_stores (id, user_id, name, is_default) values ($1, $2, 'file_search', true)
         on conflict (user_id) where is_default do nothing`,
    [newId('vectorStore'), caller.userId],
  );
  const id = await findDefaultStore(db, caller);
  if (id === null) throw new Error('a store that was inserted exists');
  return id;
}

/**
 * Serializes the writes to one caller's stores, so that together they stay within the caller's limits, until the end of the transaction.
 * Statements of such a transaction write files before stores, as the triggers of the counts do.
 */
export async function lockStoresOf(db: Pick<EntityManager, 'query'>, userId: string): Promise<void> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`mcp.file_documents ${userId}`]);
}
