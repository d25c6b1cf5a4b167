import { AppError, type Caller, isId } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, LessThan } from 'typeorm';
import { queryOn } from '../database/raw-sql.ts';
import { DeliveryRow } from './delivery.entity.ts';
import { WebhookEndpointRow } from './webhook-endpoint.entity.ts';
import { hostOfUrl } from './webhook-endpoint.ts';

/** The deliveries of an endpoint or a response, as their owner lists and repeats them. */
@Injectable()
export class DeliveryStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first, `countMax` of an endpoint's, from the one after `after`. */
  list(
    caller: Caller,
    endpointId: string,
    page: { after: string | null; countMax: number },
  ): Promise<DeliveryRow[]> {
    return this.dataSource.manager.find(DeliveryRow, {
      where: { endpointId, userId: caller.userId, ...(page.after !== null && { id: LessThan(page.after) }) },
      order: { id: 'desc' },
      take: page.countMax,
    });
  }

  /** The deliveries of a response's end, oldest first, at most `countMax`. */
  listOfResponse(caller: Caller, responseId: string, countMax: number): Promise<DeliveryRow[]> {
    return this.dataSource.manager.find(DeliveryRow, {
      where: { responseId, userId: caller.userId },
      order: { id: 'asc' },
      take: countMax,
    });
  }

  /**
   * Makes an endpoint's delivery due again under its own id, to the endpoint's URL as it is now, with all attempts before it. Throws
   * `not_found`, and `conflict` where the endpoint is disabled or the delivery is being sent.
   */
  async redeliver(caller: Caller, endpointId: string, id: string): Promise<DeliveryRow> {
    const mine = { id, endpointId, userId: caller.userId };
    const { manager } = this.dataSource;
    const delivery = isId('delivery', id) ? await manager.findOneBy(DeliveryRow, mine) : null;
    const endpoint = await manager.findOneBy(WebhookEndpointRow, { id: endpointId, userId: caller.userId });
    if (!delivery || !endpoint)
      throw new AppError('not_found', `There is no delivery ${id.slice(0, 64)} of this endpoint.`);
    if (endpoint.disabledAt !== null)
      throw new AppError('conflict', 'The endpoint is disabled: enable it first.');
    const rows = await queryOn(this.dataSource)(
      `update responses.webhook_deliveries
          set attempt = 0, next_at = clock_timestamp(), delivered_at = null, dead_at = null, claimed_until = null,
              url = $2, host = $3
        where id = $1 and (claimed_until is null or claimed_until <= clock_timestamp())
       returning id`,
      [id, endpoint.url, hostOfUrl(endpoint.url)],
    );
    if (rows.length === 0)
      throw new AppError('conflict', 'The delivery is being sent at this moment.', { retryAfterMs: 1_000 });
    return manager.findOneByOrFail(DeliveryRow, mine);
  }
}
