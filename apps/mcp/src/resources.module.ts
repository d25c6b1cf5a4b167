import { databaseProvider, Egress, egressProvider, OutboxHint, outboxProvider } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Config, MCP_CONFIG } from './config.ts';
import { mcpSchema } from './database.ts';

/** What all features share: the config, the database with its outbox, and the egress for URLs that callers and models choose. */
@Module({})
export class McpResourcesModule {
  static with(config: Config): DynamicModule {
    return {
      module: McpResourcesModule,
      global: true,
      providers: [
        { provide: MCP_CONFIG, useValue: config },
        databaseProvider(config.database, mcpSchema),
        outboxProvider(config.outbox, mcpSchema.schema),
        egressProvider(config.egress, 'tools'),
      ],
      exports: [MCP_CONFIG, DataSource, OutboxHint, Egress],
    };
  }
}
