import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Webhook receivers that rest apart from their host. A receiver is an endpoint, or a URL as one caller's requests name it; the hash keeps long
 * URLs out of the index. Deliveries are small rows, so the column is computed by the table itself.
 */
export class WebhookReceivers1766200000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table responses.webhook_deliveries
        add column receiver text not null generated always as (coalesce(endpoint_id, md5(user_id || ' ' || url))) stored;
      create index webhook_deliveries_by_receiver on responses.webhook_deliveries (host, receiver, next_at)
        where delivered_at is null and dead_at is null;

      create table responses.webhook_receivers (
        receiver text primary key,
        failures integer not null,
        resting_until timestamptz,
        failed_at timestamptz not null
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop table responses.webhook_receivers;
      drop index responses.webhook_deliveries_by_receiver;
      alter table responses.webhook_deliveries drop column receiver;
    `);
  }
}
