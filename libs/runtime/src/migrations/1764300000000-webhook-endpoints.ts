import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Registered webhook endpoints, secrets that can be replaced, and deliveries that are claimed host by host. */
export class WebhookEndpoints1764300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table responses.webhook_endpoints (
        id text primary key,
        user_id text not null,
        name text not null,
        description text,
        url text not null,
        event_types text[] not null,
        disabled_at timestamptz,
        disabled_reason text check (disabled_reason in ('by_caller', 'gone', 'failing')),
        failing_since timestamptz,
        sealed_secret text not null,
        secret_hint text not null,
        sealed_previous_secret text,
        previous_secret_until timestamptz,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        check ((disabled_at is null) = (disabled_reason is null))
      );
      create index webhook_endpoints_by_user on responses.webhook_endpoints (user_id, id);

      alter table responses.webhook_secrets
        add column sealed_previous_secret text,
        add column previous_secret_until timestamptz;

      alter table responses.webhook_deliveries
        add column endpoint_id text references responses.webhook_endpoints (id) on delete cascade,
        add column event_id text,
        add column event_type text,
        add column host text not null default '',
        add column claimed_until timestamptz;
      update responses.webhook_deliveries set host = lower(substring(url from '://([^/?#]+)'))
        where delivered_at is null and dead_at is null;
      create index webhook_deliveries_by_endpoint on responses.webhook_deliveries (endpoint_id, id)
        where endpoint_id is not null;
      drop index responses.webhook_deliveries_due;
      create index webhook_deliveries_due on responses.webhook_deliveries (host, next_at)
        where delivered_at is null and dead_at is null;
      create index webhook_deliveries_claimed on responses.webhook_deliveries (host)
        where claimed_until is not null and delivered_at is null and dead_at is null;

      create table responses.webhook_hosts (
        host text primary key,
        failures integer not null,
        resting_until timestamptz,
        failed_at timestamptz not null
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop table responses.webhook_hosts;
      drop index responses.webhook_deliveries_claimed;
      drop index responses.webhook_deliveries_due;
      alter table responses.webhook_deliveries
        drop column endpoint_id, drop column event_id, drop column event_type, drop column host, drop column claimed_until;
      create index webhook_deliveries_due on responses.webhook_deliveries (next_at)
        where delivered_at is null and dead_at is null;
      alter table responses.webhook_secrets
        drop column sealed_previous_secret, drop column previous_secret_until;
      drop table responses.webhook_endpoints;
    `);
  }
}
