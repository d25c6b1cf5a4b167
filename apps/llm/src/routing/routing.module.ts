import { LOGGER, type Logger, Tracing } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { type Config, LLM_CONFIG } from '../config.ts';
import { ProviderSet } from '../providers/provider-set.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { ModelHealth } from './health/model-health.ts';
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
  { models, attempts, health, embeddingModel }: Config,
  set: ProviderSet,
  logger: Logger,
  tracing: Tracing,
): ModelRouter {
  const catalog = new ModelCatalog(set.current, models);
  const router = new ModelRouter(set.current, catalog, new ModelHealth(health), attempts, {
    embeddingModel,
    tracing,
    logger,
  });
  set.onChange((inUse) => {
    catalog.use(inUse);
    router.use(inUse);
  });
  return router;
}
