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

// Needs the database alone, so that whoever runs migrations is trusted with no other secret.
const config = databaseConfig(
  readEnv(databaseEnv, process.env),
  readLimits(databaseLimits, readLimitsFile(process.env)),
);
await migrate(config, authSchema, createLogger('auth-migrate', 'info'));
