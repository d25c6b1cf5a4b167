import { readEnv } from '../config/env.ts';
import { readLimits, readLimitsFile } from '../config/limits-file.ts';
import { databaseConfig, databaseEnv } from '../config/service-config.ts';
import { databaseLimits } from '../config/service-limits.ts';
import { createLogger } from '../telemetry/logger.ts';
import { type DatabaseSchema, migrate } from './database.ts';

/** The program that migrates a service's database. It reads the database's variables only, so that its job needs no other secret. */
export async function runMigrations(schema: DatabaseSchema, name: string): Promise<void> {
  const { env } = process;
  const limits = readLimits(databaseLimits, readLimitsFile(env), env['LIMITS_FILE']);
  await migrate(databaseConfig(readEnv(databaseEnv, env), limits), schema, createLogger(name, 'info'));
}
