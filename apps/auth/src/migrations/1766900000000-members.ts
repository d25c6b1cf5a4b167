import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The accounts of a tenant, in the order of the list of members. Built beside the running services, so without a transaction. */
export class Members1766900000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    // A build that broke off leaves an index that no query uses.
    await this.down(queryRunner);
    await queryRunner.query(
      'create index concurrently users_of_tenant on auth.users (tenant_id, id) where tenant_id is not null',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index concurrently if exists auth.users_of_tenant');
  }
}
