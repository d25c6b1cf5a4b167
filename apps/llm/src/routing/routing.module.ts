import { LOGGER, type Logger, Tracing } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { type Config, LLM_CONFIG } from '../config.ts';
import { ProviderSet } from '../providers/provider-set.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { ModelCatalog } from './model-catalog.ts';
import { ModelRouter } from './model-router.ts';

@Module({
  imports: [ProvidersModule],
  providers: [
    { provide: ModelRouter, inject: [LLM_CONFIG, ProviderSet, LOGGER, Tracing], useFactory: createRouter },
  ],
  exports: [ModelRouter],
})
export class RoutingModule {}

function createRouter(
  { models, retry, embeddingModel }: Config,
  set: ProviderSet,
  logger: Logger,
  tracing: Tracing,
): ModelRouter {
  const catalog = new ModelCatalog(set.current, models, Date.now, logger);
  const router = new ModelRouter(set.current, catalog, retry, { embeddingModel, tracing, logger });
  set.onChange((inUse) => {
    catalog.use(inUse);
    router.use(inUse);
  });
  return router;
}
