import { Module } from '@nestjs/common';
import { DeliveryQueue } from './delivery-queue.ts';
import { DeliverySignal } from './delivery-signal.ts';
import { DeliveryStore } from './delivery.store.ts';
import { EndpointStore } from './endpoint.store.ts';
import { WebhookSecrets } from './webhook-secrets.ts';

const stores = [DeliveryQueue, DeliverySignal, DeliveryStore, EndpointStore, WebhookSecrets];

@Module({ providers: stores, exports: stores })
export class WebhookStoreModule {}
