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

// Needs the database alone, so that whoever runs migrations is trusted with no other secret.
await migrate(
  databaseConfig(readEnv(databaseEnv, process.env), readLimits(databaseLimits, readLimitsFile(process.env))),
  mcpSchema,
  createLogger('mcp-migrate', 'info'),
);
