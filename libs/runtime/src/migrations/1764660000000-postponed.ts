import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often a run was postponed, apart from its attempts. */
export class Postponed1764660000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'alter table responses.responses add column postponed integer not null default 0',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table responses.responses drop column postponed');
  }
}
