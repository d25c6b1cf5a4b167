import pg from 'pg';
import { surroundings } from './surroundings.ts';

/** Queries the system's database directly, for data that no API shows. */
export async function query<Row extends pg.QueryResultRow>(
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: surroundings().databaseUrls.superuser });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Ends the leases of all runs in progress, as the time does after their process was killed. */
export async function expireLeases(): Promise<void> {
  await query(
    `update responses.responses set lease_until = clock_timestamp() - interval '1 s' where status = 'in_progress'`,
  );
}
