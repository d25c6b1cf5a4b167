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
import { mcpSchema } from './database.ts';

// Reads the database's variables only, so that the job that migrates needs no other secret.
await migrate(
  databaseConfig(readEnv(databaseEnv, process.env), readLimits(databaseLimits, readLimitsFile(process.env))),
  mcpSchema,
  createLogger('mcp-migrate', 'info'),
);
