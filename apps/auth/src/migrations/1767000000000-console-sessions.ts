import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Logins with an end that renewals do not move, logins by an API key, and API keys that expire. The previous release writes none of the new columns:
 * its logins have no end and its keys do not expire. The index is built beside the running services, so without a transaction.
 */
export class ConsoleSessions1767000000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table auth.api_keys add column if not exists expires_at timestamptz');
    await queryRunner.query(`
      alter table auth.sessions
        add column if not exists ends_at timestamptz,
        add column if not exists api_key_id text references auth.api_keys on delete cascade`);
    // A build that broke off leaves an index that no query uses.
    await queryRunner.query('drop index concurrently if exists auth.sessions_api_key');
    await queryRunner.query(
      'create index concurrently sessions_api_key on auth.sessions (api_key_id) where api_key_id is not null',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table auth.sessions drop column ends_at, drop column api_key_id');
    await queryRunner.query('alter table auth.api_keys drop column expires_at');
  }
}
