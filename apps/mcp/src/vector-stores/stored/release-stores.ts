import type { EntityManager } from 'typeorm';

/**
 * Takes stores from their owner, all or one: they are gone for the API, their documents' names are free, and the next clean-up removes what they
 * hold. The owner is forgotten.
 */
export async function releaseStores(
  db: EntityManager,
  userId: string,
  storeId: string | null = null,
): Promise<void> {
  // The files first, as in every other transaction, because triggers update their stores.
  await db.query(
    `update mcp.vector_store_files
        set user_id = '', document_id = store_id || '/' || file_id, creator = null, due_at = null,
            status = case status when 'in_progress' then 'cancelled' else status end
      where store_id in (select id from mcp.vector_stores where user_id = $1 and ($2::text is null or id = $2))`,
    [userId, storeId],
  );
  await db.query(
    `update mcp.vector_stores
        set user_id = '', name = '', description = null, metadata = '{}', is_default = false, removed_at = clock_timestamp()
      where user_id = $1 and ($2::text is null or id = $2)`,
    [userId, storeId],
  );
}
