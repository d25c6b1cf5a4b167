import { DocumentsModule } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { LlmBusModule } from './bus/bus.module.ts';
import { ChatModule } from './chat/chat.module.ts';
import type { Config } from './config.ts';
import { EmbeddingsModule } from './embeddings/embeddings.module.ts';
import { llmApiWith } from './http/routes.ts';
import { imageRoutes } from './images/image-routes.ts';
import { ImagesModule } from './images/images.module.ts';
import { ModelListModule } from './model-list/model-list.module.ts';
import { LlmResourcesModule } from './resources.module.ts';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    const images = imageRoutes(config.images);
    return {
      module: AppModule,
      imports: [
        LlmResourcesModule.with(config),
        ChatModule,
        EmbeddingsModule,
        ModelListModule,
        ImagesModule.with(images),
        LlmBusModule,
        DocumentsModule.of([llmApiWith(images)]),
      ],
    };
  }
}
