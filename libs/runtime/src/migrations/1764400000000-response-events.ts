import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The event logs of background streams, and the idempotency keys of creates. */
export class ResponseEvents1764400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table responses.response_events (
        response_id text not null references responses.responses (id) on delete cascade,
        first_seq integer not null,
        last_seq integer not null,
        events jsonb not null,
        is_last boolean not null,
        written_at timestamptz not null default clock_timestamp(),
        primary key (response_id, first_seq)
      );
      create index response_events_ended on responses.response_events (written_at) where is_last;

      create table responses.idempotency_keys (
        user_id text not null,
        key text not null,
        request_hash text not null,
        response_id text references responses.responses (id) on delete set null,
        created_at timestamptz not null default clock_timestamp(),
        primary key (user_id, key)
      );
      create index idempotency_keys_by_response on responses.idempotency_keys (response_id)
        where response_id is not null;
      create index idempotency_keys_by_age on responses.idempotency_keys (created_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop table responses.idempotency_keys;
      drop table responses.response_events;
    `);
  }
}
