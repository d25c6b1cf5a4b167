import { responsesSchema } from '@antiphon/runtime';
import { createLogger, databaseConfig, databaseEnv, migrate, readEnv } from '@antiphon/service-kit';

await migrate(
  databaseConfig(readEnv(databaseEnv, process.env)),
  responsesSchema,
  createLogger('migrate', 'info'),
);
