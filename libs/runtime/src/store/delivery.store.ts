import type { DataSource } from 'typeorm';
import { DeliveryRow } from './delivery.entity.ts';

/** A delivery to attempt now. */
export interface DueDelivery {
  id: string;
  responseId: string;
  userId: string;
  url: string;
  /** Which attempt this is, from 1. */
  attempt: number;
}

/** Webhook deliveries: rows that say when they are due, so that no timer is the only memory of one. */
export class DeliveryStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Takes up to `countMax` that are due. One that is not settled within `leaseMs` is due again. */
  async claim(countMax: number, leaseMs: number): Promise<DueDelivery[]> {
    const [rows] = await this.dataSource.query<[DueDelivery[], number]>(
      `with due as (
         select id from responses.webhook_deliveries
          where delivered_at is null and dead_at is null and next_at <= clock_timestamp()
          order by next_at limit $1
            for update skip locked)
       update responses.webhook_deliveries d
          set attempt = attempt + 1, next_at = clock_timestamp() + $2 * interval '1 ms'
         from due where d.id = due.id
       returning d.id, d.response_id as "responseId", d.user_id as "userId", d.url, d.attempt`,
      [countMax, leaseMs],
    );
    return rows;
  }

  async delivered(id: string, status: number): Promise<void> {
    await this.dataSource.manager.update(
      DeliveryRow,
      { id },
      { deliveredAt: () => 'clock_timestamp()', lastStatus: status, lastError: null },
    );
  }

  /** `retryInMs` null gives it up. */
  async failed(
    id: string,
    failure: { status: number | null; error: string; retryInMs: number | null },
  ): Promise<void> {
    await this.dataSource.query(
      `update responses.webhook_deliveries
          set last_status = $2, last_error = $3,
              dead_at = case when $4::float8 is null then clock_timestamp() end,
              next_at = coalesce(clock_timestamp() + $4 * interval '1 ms', next_at)
        where id = $1`,
      [id, failure.status, failure.error, failure.retryInMs],
    );
  }
}
