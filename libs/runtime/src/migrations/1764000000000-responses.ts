import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Responses, conversations and webhook deliveries. */
export class Responses1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table responses.responses (
        id text primary key,
        user_id text not null,
        tenant_id text not null,
        status text not null check (status in
          ('queued', 'in_progress', 'requires_action', 'completed', 'incomplete', 'failed', 'cancelled')),
        background boolean not null,
        conversation_id text,
        previous_response_id text,
        body jsonb not null,
        created_at timestamptz not null,
        started_at timestamptz,
        deadline_at timestamptz,
        attempt integer not null default 0,
        lease_owner text,
        lease_epoch integer not null default 0,
        lease_until timestamptz
      );
      create index responses_by_user on responses.responses (user_id, created_at desc);
      create index responses_by_conversation on responses.responses (user_id, conversation_id, created_at)
        where conversation_id is not null;
      create index responses_queued on responses.responses (created_at) where status = 'queued';
      create index responses_running on responses.responses (lease_until) where status = 'in_progress';

      create table responses.conversations (
        user_id text not null,
        id text not null,
        created_at timestamptz not null default clock_timestamp(),
        primary key (user_id, id)
      );

      create table responses.webhook_deliveries (
        id text primary key,
        response_id text not null references responses.responses (id) on delete cascade,
        user_id text not null,
        url text not null,
        attempt integer not null default 0,
        next_at timestamptz not null default clock_timestamp(),
        delivered_at timestamptz,
        dead_at timestamptz,
        last_status integer,
        last_error text,
        created_at timestamptz not null default clock_timestamp()
      );
      create index webhook_deliveries_by_response on responses.webhook_deliveries (response_id);
      create index webhook_deliveries_due on responses.webhook_deliveries (next_at)
        where delivered_at is null and dead_at is null;

      create table responses.webhook_secrets (
        user_id text primary key,
        sealed_secret text not null,
        created_at timestamptz not null default clock_timestamp()
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop table responses.webhook_secrets;
      drop table responses.webhook_deliveries;
      drop table responses.conversations;
      drop table responses.responses;
    `);
  }
}
