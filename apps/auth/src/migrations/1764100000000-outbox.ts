import { createOutbox, dropOutbox } from '@antiphon/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The events that are not published yet. */
export class AuthOutbox1764100000000 implements MigrationInterface {
  /** The name that databases have recorded. */
  readonly name = 'Outbox1764100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createOutbox('auth'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(dropOutbox('auth'));
  }
}
