import { randomBytes } from 'node:crypto';
import { createLogger, type LimitsFile } from '@antiphon/service-kit';
import { createTestDatabase } from '@antiphon/service-kit/testing';
import type { DataSource } from 'typeorm';
import { type AuthConfig, loadConfig } from '../config.ts';
import { authSchema } from '../database.ts';

export const silent = createLogger('auth', 'silent');

/** A migrated database for one spec file, and the config of a service on it. */
export interface TestDatabase {
  config: AuthConfig;
  dataSource: DataSource;
  close(): Promise<void>;
}

export async function openTestDatabase(
  limits: LimitsFile = {},
  variables: NodeJS.ProcessEnv = {},
): Promise<TestDatabase> {
  const database = await createTestDatabase(authSchema);
  const environment = {
    DATABASE_URL: database.config.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PORT: '0',
    SHUTDOWN_DRAIN: '0s',
    ...variables,
  };
  const config = loadConfig(environment, limits);
  return { config, dataSource: database.dataSource, close: () => database.drop() };
}
