import { LOGGER, type Logger, Tracing } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { type Config, LLM_CONFIG } from '../config.ts';
import { type Provider, PROVIDERS } from '../providers/provider.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { ModelCatalog } from './model-catalog.ts';
import { ModelRouter } from './model-router.ts';

@Module({
  imports: [ProvidersModule],
  providers: [
    {
      provide: ModelRouter,
      inject: [LLM_CONFIG, PROVIDERS, LOGGER, Tracing],
      useFactory: (
        { models, retry, embeddingModel }: Config,
        providers: Provider[],
        logger: Logger,
        tracing: Tracing,
      ) =>
        new ModelRouter(providers, new ModelCatalog(providers, models), retry, {
          embeddingModel,
          tracing,
          logger,
        }),
    },
  ],
  exports: [ModelRouter],
})
export class RoutingModule {}
