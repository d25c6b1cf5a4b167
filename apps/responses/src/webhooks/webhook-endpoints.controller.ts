import type { Caller, InputOf } from '@antiphon/contracts';
import { DeliveryStore, EndpointStore } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller, Egress, Serves } from '@antiphon/service-kit';
import { Controller, Inject, UseGuards } from '@nestjs/common';
import { WEBHOOK_SECRET_OVERLAP_MS } from '../config.ts';
import { encodeDelivery, encodeEndpoint, encodePage, encodeWithSecret } from './endpoint-wire.ts';
import { endpoints, webhooks } from './routes.ts';

type OfEndpoint = InputOf<typeof endpoints.retrieve>;

/** Registered webhook endpoints, as the stock `openai` client manages them, under both of their addresses. */
@Controller()
@UseGuards(CallerGuard)
export class WebhookEndpointsController {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly deliveries: DeliveryStore,
    private readonly egress: Egress,
    @Inject(WEBHOOK_SECRET_OVERLAP_MS) private readonly secretOverlapMs: number,
  ) {}

  @Serves(endpoints.create, webhooks.create)
  async add({ body: settings }: InputOf<typeof endpoints.create>, @CurrentCaller() caller: Caller) {
    this.egress.checkUrl(settings.url, 'url', 'webhooks');
    return encodeWithSecret(await this.endpoints.add(caller, settings));
  }

  @Serves(endpoints.list, webhooks.list)
  async list({ query: { after, limit } }: InputOf<typeof endpoints.list>, @CurrentCaller() caller: Caller) {
    const found = await this.endpoints.list(caller, { after, countMax: limit + 1 });
    return encodePage(found.map(encodeEndpoint), limit);
  }

  @Serves(endpoints.retrieve, webhooks.retrieve)
  async get({ params: { id } }: OfEndpoint, @CurrentCaller() caller: Caller) {
    return encodeEndpoint(await this.endpoints.find(caller, id));
  }

  @Serves(endpoints.change, webhooks.change)
  async change(
    { params: { id }, body: change }: InputOf<typeof endpoints.change>,
    @CurrentCaller() caller: Caller,
  ) {
    if (change.url !== undefined) this.egress.checkUrl(change.url, 'url', 'webhooks');
    return encodeEndpoint(await this.endpoints.change(caller, id, change));
  }

  @Serves(endpoints.remove, webhooks.remove)
  async remove({ params: { id } }: OfEndpoint, @CurrentCaller() caller: Caller) {
    await this.endpoints.remove(caller, id);
    return { id, object: 'webhook_endpoint.deleted' as const, deleted: true as const };
  }

  @Serves(endpoints.rotateSecret, webhooks.rotateSecret)
  async rotateSecret(
    { params: { id }, body }: InputOf<typeof endpoints.rotateSecret>,
    @CurrentCaller() caller: Caller,
  ) {
    const willOverlap = body.keep_old_secret_active_for_24_hours;
    const overlapMs = willOverlap ? this.secretOverlapMs : 0;
    return encodeWithSecret(await this.endpoints.rotateSecret(caller, id, overlapMs));
  }

  @Serves(endpoints.listDeliveries, webhooks.listDeliveries)
  async listDeliveries(
    { params: { id }, query: { after, limit } }: InputOf<typeof endpoints.listDeliveries>,
    @CurrentCaller() caller: Caller,
  ) {
    const endpoint = await this.endpoints.find(caller, id);
    const deliveries = await this.deliveries.list(caller, endpoint.id, { after, countMax: limit + 1 });
    return encodePage(deliveries.map(encodeDelivery), limit);
  }

  /** A worker sends it at its next claim, under the same id. */
  @Serves(endpoints.redeliver, webhooks.redeliver)
  async redeliver(
    { params: { id, delivery } }: InputOf<typeof endpoints.redeliver>,
    @CurrentCaller() caller: Caller,
  ) {
    const endpoint = await this.endpoints.find(caller, id);
    return encodeDelivery(await this.deliveries.redeliver(caller, delivery, endpoint.id));
  }
}
