import { Module } from '@nestjs/common';
import { WebhookSender } from './webhook-sender.ts';
import { WebhookWorker } from './webhook-worker.ts';

@Module({ providers: [WebhookSender, WebhookWorker] })
export class WebhookDeliveryModule {}
