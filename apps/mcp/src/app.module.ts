import { userRemoved } from '@antiphon/contracts';
import {
  databaseProvider,
  Egress,
  egressProvider,
  eventListenerProvider,
  LOGGER,
  type Logger,
  outboxProvider,
  RpcBus,
} from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Calculator } from './calculator/calculator.ts';
import type { Config } from './config.ts';
import { mcpSchema } from './database.ts';
import { Embedder } from './file-search/embedder.ts';
import { FileIndexStore } from './file-search/file-index.store.ts';
import { Cancellations } from './endpoint/cancellations.ts';
import { MCP_OPTIONS, McpEndpoint } from './endpoint/mcp-endpoint.ts';
import { ToolEvents } from './endpoint/tool-events.ts';
import { McpController } from './endpoint/mcp.controller.ts';
import { PageReader } from './pages/page-reader.ts';
import { ToolPolicy } from './host/tool-policy.ts';
import { createPython, PYTHON } from './python/create-python.ts';
import type { PythonRunner } from './python/python-runner.ts';
import { createEngines } from './search/create-engines.ts';
import { WebSearch } from './search/web-search.ts';
import { OutsideTools } from './servers/outside-tools.ts';
import { serverProviders } from './servers/servers.module.ts';
import { ServersController } from './servers/registry/servers.controller.ts';
import { ToolRegistry } from './host/tool-registry.ts';
import { ToolRunner } from './host/tool-runner.ts';
import { ToolsHandler } from './host/tools.handler.ts';
import { createTools, optionalTools } from './tools/create-tools.ts';
import { ToolDataRemoval } from './account-removal/tool-data-removal.ts';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      controllers: [McpController, ServersController],
      providers: [
        databaseProvider(config.database, mcpSchema),
        outboxProvider(config.outbox, mcpSchema.schema),
        ToolDataRemoval,
        eventListenerProvider(userRemoved, 'mcp-users-removed', ToolDataRemoval),
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
          inject: [RpcBus, LOGGER],
          useFactory: (bus: RpcBus, logger: Logger) =>
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
        ToolsHandler,
        { provide: MCP_OPTIONS, useValue: config.endpoint },
        Cancellations,
        ToolEvents,
        McpEndpoint,
      ],
    };
  }
}
