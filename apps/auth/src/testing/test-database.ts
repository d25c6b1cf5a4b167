import { randomBytes } from 'node:crypto';
import { createDataSource, createLogger, migrate } from '@antiphon/service-kit';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { type AuthConfig, loadConfig } from '../config.ts';
import { authSchema } from '../database.ts';

export const silent = createLogger('auth', 'silent');

/** A migrated database of its own for one spec file, and the config of a service that works on it. */
export interface TestDatabase {
  config: AuthConfig;
  dataSource: DataSource;
  close(): Promise<void>;
}

export async function openTestDatabase(env: NodeJS.ProcessEnv = {}): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_DATABASE_URL;
  if (!serverUrl)
    throw new Error('TEST_DATABASE_URL is not set: it names the PostgreSQL server of the tests');
  const name = `auth_test_${randomBytes(6).toString('hex')}`;
  await runOn(serverUrl, `create database ${name}`);
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  const config = loadConfig({
    DATABASE_URL: url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PORT: '0',
    ...env,
  });
  await migrate(config.database, authSchema, silent);
  const dataSource = await createDataSource(config.database, authSchema, silent).initialize();
  return {
    config,
    dataSource,
    close: async () => {
      await dataSource.destroy();
      await runOn(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
