import {
  createLogger,
  databaseConfig,
  databaseEnv,
  databaseLimits,
  migrate,
  readEnv,
  readLimits,
  readLimitsFile,
} from '@antiphon/service-kit';
import { authSchema } from './database.ts';

// Reads the database's variables only, so that the job that migrates needs no other secret.
const config = databaseConfig(
  readEnv(databaseEnv, process.env),
  readLimits(databaseLimits, readLimitsFile(process.env)),
);
await migrate(config, authSchema, createLogger('auth-migrate', 'info'));
