import { RuntimeModule } from '@antiphon/runtime';
import { egressProvider } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { BackgroundHandler } from './background/background.handler.ts';
import { BackgroundWorker } from './background/background-worker.ts';
import { WORKER_CONFIG, type WorkerConfig } from './config.ts';
import { Sweeper } from './sweeper/sweeper.ts';
import { ResponseDataRemoval } from './sweeper/response-data-removal.handler.ts';
import { WebhookSender } from './webhooks/webhook-sender.ts';
import { WebhookWorker } from './webhooks/webhook-worker.ts';

@Module({})
export class AppModule {
  static with(config: WorkerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [RuntimeModule.with(config.database, config.runtime)],
      controllers: [BackgroundHandler, ResponseDataRemoval],
      providers: [
        { provide: WORKER_CONFIG, useValue: config },
        egressProvider(config.egress, 'webhooks'),
        BackgroundWorker,
        WebhookSender,
        WebhookWorker,
        Sweeper,
      ],
    };
  }
}
