import { LOGGER, type Logger, Tracing } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { type Config, LLM_CONFIG } from '../config.ts';
import { usualPrice } from '../models/cost.ts';
import { ProviderSet } from '../providers/provider-set.ts';
import { ProvidersModule } from '../providers/providers.module.ts';
import { AdminProvidersController } from './admin/admin-providers.controller.ts';
import { ProviderAdmin } from './admin/provider-admin.ts';
import { HealthHandler } from './health/health.handler.ts';
import { type KnownFacts, ModelHealth } from './health/model-health.ts';
import { ModelCatalog } from './model-catalog.ts';
import { ModelRouter } from './model-router.ts';
import { ProviderRooms } from './rooms/provider-rooms.ts';

@Module({
  imports: [ProvidersModule],
  controllers: [HealthHandler, AdminProvidersController],
  providers: [
    ProviderAdmin,
    { provide: ProviderRooms, useValue: new ProviderRooms() },
    {
      provide: ModelHealth,
      inject: [LLM_CONFIG, ProviderSet],
      useFactory: ({ health }: Config, set: ProviderSet) =>
        new ModelHealth(health, { facts: knownFacts(set) }),
    },
    {
      provide: ModelRouter,
      inject: [LLM_CONFIG, ProviderSet, ModelHealth, ProviderRooms, LOGGER, Tracing],
      useFactory: createRouter,
    },
  ],
  exports: [ModelRouter],
})
export class RoutingModule {}

function createRouter(
  { models, attempts, embeddingModel, images }: Config,
  set: ProviderSet,
  health: ModelHealth,
  rooms: ProviderRooms,
  logger: Logger,
  tracing: Tracing,
): ModelRouter {
  const catalog = new ModelCatalog(set.current, models, Date.now, logger);
  const router = new ModelRouter(set.current, catalog, health, attempts, {
    embeddingModel,
    images,
    tracing,
    logger,
    rooms,
  });
  set.onChange((inUse) => {
    catalog.use(inUse);
    router.use(inUse);
  });
  return router;
}

/** The facts of models, by the providers in use. */
function knownFacts(set: ProviderSet): KnownFacts {
  const at = (provider: string) => set.current.providers.find(({ name }) => name === provider);
  return {
    contextWindow: ({ provider, model }) => at(provider)?.factsOf?.(model)?.contextWindow ?? null,
    price: ({ provider, model }) => {
      const prices = at(provider)?.pricesOf?.(model) ?? null;
      return prices === null ? null : usualPrice(prices);
    },
  };
}
