import { AppError, type Caller, isId } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, LessThan } from 'typeorm';
import { queryOn } from '../database/raw-sql.ts';
import { DeliveryRow } from './delivery.entity.ts';
import { type DeliveryFilter, listDeliveries } from './delivery-list.ts';
import { WebhookEndpointRow } from './webhook-endpoint.entity.ts';
import { hostOfUrl } from './webhook-endpoint.ts';

/** An attempt of a delivery, as it is kept. */
export interface DeliveryAttempt {
  /** From 1, over all times that the delivery was repeated. */
  number: number;
  url: string;
  sentAt: Date;
  durationMs: number;
  /** Null where the receiver did not answer. */
  status: number | null;
  /** Null where the receiver took the delivery. */
  error: string | null;
}

/** The deliveries of a caller, as it lists and repeats them. */
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

  /** A page of all deliveries of a caller, newest first. Throws `invalid_request`. */
  listAll(caller: Caller, filter: DeliveryFilter): Promise<{ deliveries: DeliveryRow[]; hasMore: boolean }> {
    return listDeliveries(queryOn(this.dataSource), caller, filter);
  }

  /** A delivery of the caller; where `endpointId` is given, of that endpoint. Throws `not_found`. */
  async find(caller: Caller, id: string, endpointId?: string): Promise<DeliveryRow> {
    const mine = { id, userId: caller.userId, ...(endpointId !== undefined && { endpointId }) };
    const delivery = isId('delivery', id) ? await this.dataSource.manager.findOneBy(DeliveryRow, mine) : null;
    if (!delivery) throw new AppError('not_found', `There is no delivery ${id.slice(0, 64)}.`);
    return delivery;
  }

  /** The kept attempts of a delivery, the first before the later ones. */
  attempts({ id }: DeliveryRow): Promise<DeliveryAttempt[]> {
    return queryOn(this.dataSource)<DeliveryAttempt>(
      `select number, url, sent_at as "sentAt", duration_ms as "durationMs", status, error
         from responses.webhook_attempts where delivery_id = $1 order by number`,
      [id],
    );
  }

  /**
   * Makes a delivery (of the endpoint, where one is given) due again under its own id, to the URL of its endpoint as it is now, with all attempts before it. Throws `not_found`, and
   * `conflict` where the endpoint is disabled or the delivery is being sent.
   */
  async redeliver(caller: Caller, id: string, endpointId?: string): Promise<DeliveryRow> {
    const { manager } = this.dataSource;
    const delivery = await this.find(caller, id, endpointId);
    const endpoint =
      delivery.endpointId === null
        ? null
        : await manager.findOneByOrFail(WebhookEndpointRow, { id: delivery.endpointId });
    if (endpoint && endpoint.disabledAt !== null)
      throw new AppError('conflict', 'The endpoint is disabled: enable it first.');
    const { url } = endpoint ?? delivery;
    const rows = await queryOn(this.dataSource)(
      `update responses.webhook_deliveries
          set attempt = 0, next_at = clock_timestamp(), delivered_at = null, dead_at = null, claimed_until = null,
              url = $2, host = $3
        where id = $1 and (claimed_until is null or claimed_until <= clock_timestamp())
       returning id`,
      [id, url, hostOfUrl(url)],
    );
    if (rows.length === 0)
      throw new AppError('conflict', 'The delivery is being sent at this moment.', { retryAfterMs: 1_000 });
    return this.find(caller, id);
  }
}
