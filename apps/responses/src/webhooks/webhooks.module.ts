import { Module } from '@nestjs/common';
import { WebhookDeliveriesController } from './webhook-deliveries.controller.ts';
import { WebhookEndpointsController } from './webhook-endpoints.controller.ts';
import { WebhookSecretController } from './webhook-secret.controller.ts';

/** Registered webhook endpoints, their deliveries and the secrets that sign them. */
@Module({ controllers: [WebhookSecretController, WebhookDeliveriesController, WebhookEndpointsController] })
export class WebhooksModule {}
