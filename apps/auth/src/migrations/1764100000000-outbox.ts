import { createOutbox, dropOutbox } from '@antiphon/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is to be told to others, until it is. */
export class Outbox1764100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createOutbox('auth'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(dropOutbox('auth'));
  }
}
