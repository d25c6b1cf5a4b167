import { RuntimeModule } from '@antiphon/runtime';
import { type DynamicModule, Module } from '@nestjs/common';
import { ResponseDataRemovalModule } from './account-removal/response-data-removal.module.ts';
import { BackgroundModule } from './background/background.module.ts';
import { WorkerConfigModule } from './config.module.ts';
import type { WorkerConfig } from './config.ts';
import { SweeperModule } from './sweeper/sweeper.module.ts';
import { WebhookDeliveryModule } from './webhooks/webhook-delivery.module.ts';

@Module({})
export class AppModule {
  static with(config: WorkerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        WorkerConfigModule.with(config),
        RuntimeModule.with(config.database, config.runtime),
        BackgroundModule,
        WebhookDeliveryModule,
        SweeperModule,
        ResponseDataRemovalModule,
      ],
    };
  }
}
