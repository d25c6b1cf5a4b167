import { createLogger, databaseConfig, databaseEnv, migrate, readEnv } from '@antiphon/service-kit';
import { authSchema } from './database.ts';

// Reads the database's variables only, so that the job that migrates needs no other secret.
const config = databaseConfig(readEnv(databaseEnv, process.env));
await migrate(config, authSchema, createLogger('auth-migrate', 'info'));
