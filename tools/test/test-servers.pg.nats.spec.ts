import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import pg from 'pg';
import { expect, test } from 'vitest';

test('specs get a PostgreSQL that sorts and stores text alike on every machine', async () => {
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(
      `SELECT getdatabaseencoding() AS encoding, upper('ä') AS upper, current_setting('listen_addresses') AS listens,
              current_setting('server_version_num')::int >= 150000 AS recent`,
    );
    expect(rows).toEqual([{ encoding: 'UTF8', upper: 'Ä', listens: '127.0.0.1', recent: true }]);
  } finally {
    await client.end();
  }
});

test('specs get a nats-server with JetStream that accepts large messages', async () => {
  const connection = await connect({ servers: process.env.TEST_NATS_URL });
  try {
    expect(connection.info?.max_payload).toBe(8 * 1024 * 1024);
    const manager = await jetstreamManager(connection);
    expect((await manager.getAccountInfo()).streams).toBeGreaterThanOrEqual(0);
  } finally {
    await connection.close();
  }
});
