import { AppError, type Caller, type InputOf } from '@antiphon/contracts';
import { DeliveryStore, ResponseStore } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { encodeDetail } from './delivery-wire.ts';
import { encodeDelivery } from './endpoint-wire.ts';
import { deliveryRoutes as routes } from './routes.ts';

type OfDelivery = InputOf<typeof routes.retrieve>;

/** The webhook deliveries of a caller, to its endpoints and to URLs of its requests. */
@Controller()
@UseGuards(CallerGuard)
export class WebhookDeliveriesController {
  constructor(
    private readonly deliveries: DeliveryStore,
    private readonly responses: ResponseStore,
  ) {}

  @Serves(routes.list)
  async list({ query }: InputOf<typeof routes.list>, @CurrentCaller() caller: Caller) {
    const { deliveries, hasMore } = await this.deliveries.listAll(caller, query);
    return {
      object: 'list' as const,
      data: deliveries.map(encodeDelivery),
      first_id: deliveries[0]?.id ?? null,
      last_id: deliveries.at(-1)?.id ?? null,
      has_more: hasMore,
    };
  }

  @Serves(routes.retrieve)
  async retrieve({ params: { id } }: OfDelivery, @CurrentCaller() caller: Caller) {
    const delivery = await this.deliveries.find(caller, id);
    const response = await this.responses.find(caller, delivery.responseId);
    // Its deliveries are removed with a response.
    if (!response) throw new AppError('not_found', `There is no delivery ${id}.`);
    return encodeDetail(delivery, response, await this.deliveries.attempts(delivery));
  }

  /** A worker sends it at its next claim, under the same id. */
  @Serves(routes.redeliver)
  async redeliver({ params: { id } }: OfDelivery, @CurrentCaller() caller: Caller) {
    return encodeDelivery(await this.deliveries.redeliver(caller, id));
  }
}
