import type { DataSource } from 'typeorm';
import { queryOn } from './raw-sql.ts';

const responsesAtOnce = 500;

/** What is a user's own besides responses. What else there is hangs on one of these rows, or on a response. */
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
 * Removes everything that is kept of a user. Responses go in batches, so that nobody waits long for a lock, and whoever runs one finds its
 * lease gone. Throws where the signal aborts; the rest goes next time.
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
