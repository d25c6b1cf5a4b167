import { Module } from '@nestjs/common';
import { WebhookDeliveryModule } from '../webhooks/webhook-delivery.module.ts';
import { BackgroundWorker } from './background-worker.ts';
import { BackgroundHandler } from './background.handler.ts';

@Module({
  imports: [WebhookDeliveryModule],
  controllers: [BackgroundHandler],
  providers: [BackgroundWorker],
})
export class BackgroundModule {}
