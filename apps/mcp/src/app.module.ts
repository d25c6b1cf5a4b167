import { Egress, type EgressConfig, LOGGER, type Logger } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.ts';
import { PageReader } from './pages/page-reader.ts';
import { createEngines } from './search/create-engines.ts';
import { ToolRegistry } from './tool-registry.ts';
import { ToolsHandler } from './tools.handler.ts';
import { createTools } from './tools/create-tools.ts';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      providers: [
        {
          provide: Egress,
          inject: [LOGGER],
          useFactory: (logger: Logger) => createEgress(config.egress, logger),
        },
        { provide: PageReader, useFactory: () => new PageReader(config.scrape) },
        {
          provide: ToolRegistry,
          inject: [Egress, PageReader, LOGGER],
          useFactory: (egress: Egress, pages: PageReader, logger: Logger) => {
            const engines = createEngines(config);
            return new ToolRegistry(createTools(config, { egress, pages, engines, logger }), config.tools);
          },
        },
        ToolsHandler,
      ],
    };
  }
}

/** What private hosts may be reached is worth a line in every log. */
function createEgress(config: EgressConfig, logger: Logger): Egress {
  if (config.allowedHosts.length > 0)
    logger.info({ allowedHosts: config.allowedHosts }, 'private hosts may be reached');
  return new Egress(config);
}
