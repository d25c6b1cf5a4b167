import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Proven e-mail addresses, and scopes of accounts and API keys. An address that is not proven yet may be claimed by several accounts. The
 * previous release writes none of the new columns: its upgrades stay unproven.
 */
export class AccountRights1766100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table auth.users
        add column email_verified_at timestamptz,
        add column scopes text[] not null default '{}',
        add column rights_reduced_at timestamptz;
      drop index auth.users_email_key;
      create index users_email on auth.users (lower(email)) where email is not null;
      create unique index users_verified_email_key on auth.users (lower(email)) where email_verified_at is not null;
      alter table auth.api_keys add column scopes text[];
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table auth.api_keys drop column scopes;
      drop index auth.users_verified_email_key;
      drop index auth.users_email;
      create unique index users_email_key on auth.users (lower(email));
      alter table auth.users drop column email_verified_at, drop column scopes, drop column rights_reduced_at;
    `);
  }
}
