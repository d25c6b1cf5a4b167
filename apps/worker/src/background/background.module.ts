import { Module } from '@nestjs/common';
import { WebhookDeliveryModule } from '../webhooks/webhook-delivery.module.ts';
import { BackgroundWorker } from './background-worker.ts';

@Module({ imports: [WebhookDeliveryModule], providers: [BackgroundWorker] })
export class BackgroundModule {}
