import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../config.ts';
import { createEngines } from './create-engines.ts';
import { WebSearch } from './web-search.ts';

@Module({
  providers: [
    {
      provide: WebSearch,
      inject: [MCP_CONFIG, LOGGER],
      useFactory: (config: Config, logger: Logger) =>
        new WebSearch({ ...config.search, engines: createEngines(config), now: Date.now }, logger),
    },
  ],
  exports: [WebSearch],
})
export class SearchModule {}
