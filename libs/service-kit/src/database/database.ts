import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type MixedList, type QueryRunner } from 'typeorm';
import type { Logger } from 'pino';
import type { DatabaseConfig } from '../config/service-config.ts';

/** The PostgreSQL schema of one service, made by migrations only. */
export interface DatabaseSchema {
  schema: string;
  entities: MixedList<EntityClass>;
  migrations: MixedList<EntityClass>;
}
type EntityClass = new (...args: never[]) => object;

/** How long after the statement timeout an answer may arrive. */
const silenceMs = 1_000;
/** How often a migration looks whether another one has ended. */
const lockRetryMs = 100;

/** A data source that is not connected yet. */
export function createDataSource(config: DatabaseConfig, schema: DatabaseSchema, logger: Logger): DataSource {
  const options: DataSourceOptions = {
    type: 'postgres',
    url: config.url,
    schema: schema.schema,
    entities: schema.entities,
    migrations: schema.migrations,
    migrationsTableName: 'migrations',
    poolSize: config.poolMax,
    // Without a listener an error of an idle connection ends the process.
    poolErrorHandler: (error: Error) => logger.warn({ error: error.message }, 'a database connection broke'),
    extra: {
      application_name: `antiphon-${schema.schema}`,
      connectionTimeoutMillis: config.connectTimeoutMs,
      statement_timeout: config.statementTimeoutMs,
      lock_timeout: config.statementTimeoutMs,
      idle_in_transaction_session_timeout: config.statementTimeoutMs * 3,
      // The server ends statements that take too long. The client waits little longer for a silent server.
      ...(config.statementTimeoutMs > 0 && { query_timeout: config.statementTimeoutMs + silenceMs }),
      keepAlive: true,
    },
  };
  return new DataSource(options);
}

/** Brings the schema up to date. Of several that start at once one does the work and the others wait for it. */
export async function migrate(config: DatabaseConfig, schema: DatabaseSchema, logger: Logger): Promise<void> {
  const dataSource = createDataSource({ ...config, poolMax: 2, statementTimeoutMs: 0 }, schema, logger);
  await dataSource.initialize();
  const lock = dataSource.createQueryRunner();
  const lockName = `antiphon.migrate.${schema.schema}`;
  try {
    await takeLock(lock, lockName);
    await lock.query(`create schema if not exists "${schema.schema}"`);
    const done = await dataSource.runMigrations({ transaction: 'each' });
    logger.info({ schema: schema.schema, migrations: done.map((migration) => migration.name) }, 'migrated');
  } finally {
    await lock.query('select pg_advisory_unlock(hashtext($1))', [lockName]);
    await lock.release();
    await dataSource.destroy();
  }
}

/** Tries until the lock is free. A statement that waited for it would hold a snapshot, which an index that is built concurrently waits for. */
async function takeLock(session: QueryRunner, name: string): Promise<void> {
  for (;;) {
    const [row] = (await session.query('select pg_try_advisory_lock(hashtext($1)) as taken', [name])) as {
      taken: boolean;
    }[];
    if (row?.taken) return;
    await delay(lockRetryMs);
  }
}
