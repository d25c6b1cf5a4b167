import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tenant of an account; null, as the previous release writes it: a tenant of its own. */
export class Tenants1766700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table auth.users add column tenant_id text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table auth.users drop column tenant_id');
  }
}
