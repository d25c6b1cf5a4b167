import { responsesSchema } from '@antiphon/runtime';
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

await migrate(
  databaseConfig(readEnv(databaseEnv, process.env), readLimits(databaseLimits, readLimitsFile(process.env))),
  responsesSchema,
  createLogger('migrate', 'info'),
);
