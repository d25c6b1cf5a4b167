import { DataSource } from 'typeorm';
import type { DatabaseConfig } from '../config/service-config.ts';
import { createDataSource, type DatabaseSchema, migrate } from '../database/database.ts';
import { createLogger } from '../telemetry/logger.ts';

export interface TestDatabase {
  config: DatabaseConfig;
  dataSource: DataSource;
  drop(): Promise<void>;
}

/** A migrated database of its own on the server that TEST_DATABASE_URL names, so that specs do not see each other's rows. */
export async function createTestDatabase(schema: DatabaseSchema): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error('TEST_DATABASE_URL must name the PostgreSQL server of the tests');
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const config = { url: url.href, poolMax: 10, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  const logger = createLogger('test', 'silent');
  await migrate(config, schema, logger);
  const dataSource = await createDataSource(config, schema, logger).initialize();
  const drop = async () => {
    await dataSource.destroy();
    await onServer(server, `drop database ${name} with (force)`);
  };
  return { config, dataSource, drop };
}

async function onServer(url: string, sql: string): Promise<void> {
  const server = await new DataSource({ type: 'postgres', url, poolSize: 1 }).initialize();
  try {
    await server.query(sql);
  } finally {
    await server.destroy();
  }
}
