import { CallerLimits, databaseProvider, OutboxHint, outboxProvider } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AUTH_CONFIG, type AuthConfig, NOW } from './config.ts';
import { authSchema } from './database.ts';

/** What all features share: the config, the clock, the limits of callers, and the database with its outbox. */
@Module({})
export class AuthResourcesModule {
  static with(config: AuthConfig): DynamicModule {
    return {
      module: AuthResourcesModule,
      global: true,
      providers: [
        { provide: AUTH_CONFIG, useValue: config },
        { provide: NOW, useValue: Date.now },
        { provide: CallerLimits, useValue: new CallerLimits(config.limits) },
        databaseProvider(config.database, authSchema),
        outboxProvider(config.outbox, authSchema.schema),
      ],
      exports: [AUTH_CONFIG, NOW, CallerLimits, DataSource, OutboxHint],
    };
  }
}
