import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The attempts of webhook deliveries, and the deliveries of a user by time. The table of deliveries is indexed beside the running services, so the
 * migration has no transaction; one that broke off begins again.
 */
export class WebhookAttempts1766800000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table if not exists responses.webhook_attempts (
        delivery_id text not null references responses.webhook_deliveries (id) on delete cascade,
        number integer not null,
        url text not null,
        sent_at timestamptz not null,
        duration_ms integer not null,
        status integer,
        error text,
        primary key (delivery_id, number)
      )`);
    await queryRunner.query('drop index concurrently if exists responses.webhook_deliveries_by_user');
    await queryRunner.query(
      'create index concurrently webhook_deliveries_by_user on responses.webhook_deliveries (user_id, created_at, id)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index concurrently if exists responses.webhook_deliveries_by_user');
    await queryRunner.query('drop table if exists responses.webhook_attempts');
  }
}
