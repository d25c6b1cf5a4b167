import {
  databaseProvider,
  Egress,
  egressProvider,
  LOGGER,
  type Logger,
  outboxProvider,
  BusClient,
} from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Calculator } from './calculator/calculator.ts';
import type { Config } from './config.ts';
import { mcpSchema } from './database.ts';
import { Embedder } from './file-search/embedder.ts';
import { FileIndexStore } from './file-search/file-index.store.ts';
import { CancellationsHandler } from './endpoint/cancellations.handler.ts';
import { Cancellations } from './endpoint/cancellations.ts';
import { MCP_OPTIONS, McpEndpoint } from './endpoint/mcp-endpoint.ts';
import { ToolEvents } from './endpoint/tool-events.ts';
import { McpController } from './endpoint/mcp.controller.ts';
import { PageReader } from './pages/page-reader.ts';
import { ToolPolicy } from './policy/tool-policy.ts';
import { createPython, PYTHON } from './python/create-python.ts';
import type { PythonRunner } from './python/python-runner.ts';
import { createEngines } from './search/create-engines.ts';
import { WebSearch } from './search/web-search.ts';
import { OutsideTools } from './servers/outside-tools.ts';
import { serverProviders } from './servers/server-providers.ts';
import { ServersController } from './servers/registry/servers.controller.ts';
import { ToolRegistry } from './host/tool-registry.ts';
import { ToolRunner } from './host/tool-runner.ts';
import { ToolsHandler } from './host/tools.handler.ts';
import { createTools, optionalTools } from './tools/create-tools.ts';
import { ToolDataRemoval } from './tool-data-removal.handler.ts';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      controllers: [McpController, ServersController, ToolsHandler, CancellationsHandler, ToolDataRemoval],
      providers: [
        databaseProvider(config.database, mcpSchema),
        outboxProvider(config.outbox, mcpSchema.schema),
        egressProvider(config.egress, 'tools'),
        { provide: PageReader, useFactory: () => new PageReader(config.scrape) },
        { provide: Calculator, useFactory: () => new Calculator(config.calculate) },
        {
          provide: FileIndexStore,
          inject: [DataSource],
          useFactory: (database: DataSource) => FileIndexStore.open(database, config.fileSearch),
        },
        {
          provide: Embedder,
          inject: [BusClient, LOGGER],
          useFactory: (bus: BusClient, logger: Logger) =>
            new Embedder(bus, { timeoutMs: config.fileSearch.embeddingTimeoutMs }, logger),
        },
        {
          provide: PYTHON,
          inject: [LOGGER],
          useFactory: (logger: Logger) => createPython(config.python, config.egress, logger),
        },
        ...serverProviders(config),
        {
          provide: ToolRegistry,
          inject: [Egress, PageReader, FileIndexStore, Embedder, Calculator, PYTHON, OutsideTools, LOGGER],
          useFactory: (
            egress: Egress,
            pages: PageReader,
            fileIndex: FileIndexStore,
            embedder: Embedder,
            calculator: Calculator,
            python: PythonRunner | null,
            outside: OutsideTools,
            logger: Logger,
          ) => {
            const engines = createEngines(config);
            const web = new WebSearch({ ...config.search, engines, now: Date.now }, logger);
            const tools = createTools(config, {
              egress,
              pages,
              web,
              fileIndex,
              embedder,
              calculator,
              python,
            });
            const policy = new ToolPolicy(config.policy);
            policy.refuseUnknown([...tools.map(({ offer }) => offer.name), ...optionalTools]);
            return new ToolRegistry(tools, policy, config.tools, outside);
          },
        },
        ToolRunner,
        { provide: MCP_OPTIONS, useValue: config.endpoint },
        Cancellations,
        ToolEvents,
        McpEndpoint,
      ],
    };
  }
}
