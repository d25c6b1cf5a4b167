import { Egress, egressProvider, LOGGER, type Logger, Tracing } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { ChatController } from './http/chat.controller.ts';
import { type Config, LLM_CONFIG } from './config.ts';
import { EmbeddingsController } from './http/embeddings.controller.ts';
import { LlmHandler } from './llm.handler.ts';
import { createProviders } from './providers/create-providers.ts';
import { ModelCatalog } from './routing/model-catalog.ts';
import { ModelRouter } from './routing/model-router.ts';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      controllers: [ChatController, EmbeddingsController, LlmHandler],
      providers: [
        { provide: LLM_CONFIG, useValue: config },
        {
          provide: ModelRouter,
          inject: [LOGGER, Tracing, Egress],
          useFactory: (logger: Logger, tracing: Tracing, egress: Egress) =>
            createRouter(config, { logger, tracing, egress }),
        },
        egressProvider(config.egress, 'links'),
      ],
    };
  }
}

function createRouter(
  config: Config,
  { logger, tracing, egress }: { logger: Logger; tracing: Tracing; egress: Egress },
): ModelRouter {
  const providers = createProviders(config, egress);
  if (config.provider === null) {
    logger.warn(
      'no provider is configured: the demo answers, which is no language model; set OPENAI_API_KEY or OPENAI_BASE_URL',
    );
  } else {
    logger.info(
      { provider: config.provider.title, baseUrl: new URL(config.provider.baseUrl).origin },
      'provider',
    );
  }
  return new ModelRouter(providers, new ModelCatalog(providers, config.models), config.retry, {
    embeddingModel: config.embeddingModel,
    tracing,
    logger,
  });
}
