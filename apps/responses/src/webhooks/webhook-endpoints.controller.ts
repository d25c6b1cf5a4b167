import type { Caller } from '@antiphon/contracts';
import { DeliveryStore, EndpointStore } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller, Egress } from '@antiphon/service-kit';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { WEBHOOK_SECRET_OVERLAP_MS } from '../config.ts';
import { decodeChange, decodeEndpoint, decodePage, decodeRotation } from './endpoint-body.ts';
import { encodeDelivery, encodeEndpoint, encodePage, encodeWithSecret } from './endpoint-wire.ts';

/** Registered webhook endpoints, as the stock `openai` client manages them; `/v1/webhooks` is the shorter name of the same. */
@Controller(['v1/webhook_endpoints', 'v1/webhooks'])
@UseGuards(CallerGuard)
export class WebhookEndpointsController {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly deliveries: DeliveryStore,
    private readonly egress: Egress,
    @Inject(WEBHOOK_SECRET_OVERLAP_MS) private readonly secretOverlapMs: number,
  ) {}

  @Post()
  @HttpCode(200)
  async add(@CurrentCaller() caller: Caller, @Body() body: unknown) {
    const settings = decodeEndpoint(body);
    this.egress.checkUrl(settings.url, 'url', 'webhooks');
    return encodeWithSecret(await this.endpoints.add(caller, settings));
  }

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() query: unknown) {
    const { after, limit } = decodePage('webhookEndpoint', query);
    const endpoints = await this.endpoints.list(caller, { after, countMax: limit + 1 });
    return encodePage(endpoints.map(encodeEndpoint), limit);
  }

  @Get(':id')
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    return encodeEndpoint(await this.endpoints.find(caller, id));
  }

  @Post(':id')
  @HttpCode(200)
  async change(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: unknown) {
    const change = decodeChange(body);
    if (change.url !== undefined) this.egress.checkUrl(change.url, 'url', 'webhooks');
    return encodeEndpoint(await this.endpoints.change(caller, id, change));
  }

  @Delete(':id')
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    await this.endpoints.remove(caller, id);
    return { id, object: 'webhook_endpoint.deleted', deleted: true };
  }

  @Post(':id/rotate_secret')
  @HttpCode(200)
  async rotateSecret(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: unknown) {
    const overlapMs = decodeRotation(body).willOverlap ? this.secretOverlapMs : 0;
    return encodeWithSecret(await this.endpoints.rotateSecret(caller, id, overlapMs));
  }

  @Get(':id/deliveries')
  async listDeliveries(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: unknown) {
    const { after, limit } = decodePage('delivery', query);
    const endpoint = await this.endpoints.find(caller, id);
    const deliveries = await this.deliveries.list(caller, endpoint.id, { after, countMax: limit + 1 });
    return encodePage(deliveries.map(encodeDelivery), limit);
  }

  /** Sent again by a worker at its next look, under the same id. */
  @Post(':id/deliveries/:delivery/redeliver')
  @HttpCode(202)
  async redeliver(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('delivery') delivery: string,
  ) {
    const endpoint = await this.endpoints.find(caller, id);
    return encodeDelivery(await this.deliveries.redeliver(caller, endpoint.id, delivery));
  }
}
