import type { DataSource } from 'typeorm';
import { queryOn } from './raw-sql.ts';

const responsesAtOnce = 500;

/** The tables of a user's records besides responses. All other rows refer to one of these or to a response, and are removed with it. */
const tables = [
  'conversations',
  'webhook_endpoints',
  'webhook_secrets',
  'prompts',
  'prompt_audit',
  'idempotency_keys',
  'answers',
];

/**
 * Removes all records of a user. Responses are removed in batches, so that locks are short; their runners lose the lease. Throws when the
 * signal aborts; the next call removes the rest.
 */
export async function removeUserRecords(
  dataSource: DataSource,
  userId: string,
  signal: AbortSignal,
): Promise<void> {
  for (let removed = responsesAtOnce; removed === responsesAtOnce;) {
    signal.throwIfAborted();
    removed = await removeResponses(dataSource, userId);
  }
  await dataSource.transaction(async (manager) => {
    for (const table of tables)
      await manager.query(`delete from responses.${table} where user_id = $1`, [userId]);
  });
}

async function removeResponses(dataSource: DataSource, userId: string): Promise<number> {
  const rows = await queryOn(dataSource)(
    `delete from responses.responses where id in (
       select id from responses.responses where user_id = $1 order by id limit $2)
     returning id`,
    [userId, responsesAtOnce],
  );
  return rows.length;
}
