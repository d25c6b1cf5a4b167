import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts by the time of their creation, for the operator's list. Built beside the running services, so without a transaction. */
export class AccountsByTime1766500000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    // A build that broke off leaves an index that no query uses.
    await this.down(queryRunner);
    await queryRunner.query('create index concurrently users_by_time on auth.users (created_at, id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index concurrently if exists auth.users_by_time');
  }
}
