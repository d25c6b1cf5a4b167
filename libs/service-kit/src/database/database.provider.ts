import type { FactoryProvider, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { DatabaseConfig } from '../config/service-config.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Readiness } from '../telemetry/readiness.ts';
import { createDataSource, type DatabaseSchema } from './database.ts';

/** Nest's provider for a service's TypeORM DataSource: connected before the app starts, part of its readiness, closed at its end. */
export function databaseProvider(
  config: DatabaseConfig,
  schema: DatabaseSchema,
): FactoryProvider<DataSource> {
  return {
    provide: DataSource,
    inject: [LOGGER, Readiness],
    useFactory: async (logger: Logger, readiness: Readiness) => {
      const dataSource = await createDataSource(config, schema, logger).initialize();
      readiness.add('postgres', async () => void (await dataSource.query('select 1')), { required: true });
      return Object.assign(dataSource, {
        onApplicationShutdown: () => dataSource.destroy(),
      } satisfies OnApplicationShutdown);
    },
  };
}
