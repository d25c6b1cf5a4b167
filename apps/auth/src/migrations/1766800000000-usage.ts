import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Usage: the figures of each run by quarter of an hour, and the runs that were counted in the last days, so that no run counts twice. The
 * local user has no account, so the tables do not refer to accounts.
 */
export class Usage1766800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table auth.usage_rollups (
        user_id text not null,
        slot timestamptz not null,
        tenant_id text not null,
        key_id text not null,
        model text not null,
        provider text not null,
        dialect text not null,
        runs bigint not null,
        failed_runs bigint not null,
        priced_runs bigint not null,
        input_tokens bigint not null,
        cached_tokens bigint not null,
        cache_write_tokens bigint not null,
        output_tokens bigint not null,
        reasoning_tokens bigint not null,
        cost numeric not null,
        primary key (user_id, slot, tenant_id, key_id, model, provider, dialect)
      );
      create index usage_rollups_by_tenant on auth.usage_rollups (tenant_id, slot);
      create index usage_rollups_by_slot on auth.usage_rollups (slot);

      create table auth.usage_records (
        record_id text primary key,
        user_id text not null,
        total_tokens bigint not null,
        figures jsonb not null,
        replaced jsonb,
        counted_at timestamptz not null default clock_timestamp()
      );
      create index usage_records_by_user on auth.usage_records (user_id);
      create index usage_records_by_time on auth.usage_records (counted_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table auth.usage_records; drop table auth.usage_rollups');
  }
}
