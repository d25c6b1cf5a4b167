import { userRemoved } from '@antiphon/contracts';
import { RuntimeModule } from '@antiphon/runtime';
import { egressProvider, eventListenerProvider } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { BackgroundWorker } from './background/background-worker.ts';
import { WORKER_CONFIG, type WorkerConfig } from './config.ts';
import { Sweeper } from './sweeper/sweeper.ts';
import { ResponseDataRemoval } from './sweeper/response-data-removal.ts';
import { WebhookSender } from './webhooks/webhook-sender.ts';
import { WebhookWorker } from './webhooks/webhook-worker.ts';

@Module({})
export class AppModule {
  static with(config: WorkerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [RuntimeModule.with(config.database, config.runtime)],
      providers: [
        { provide: WORKER_CONFIG, useValue: config },
        egressProvider(config.egress, 'webhooks'),
        BackgroundWorker,
        WebhookSender,
        WebhookWorker,
        Sweeper,
        ResponseDataRemoval,
        eventListenerProvider(userRemoved, 'responses-users-removed', ResponseDataRemoval),
      ],
    };
  }
}
