import { createOutbox, dropOutbox } from '@antiphon/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The events that are not published yet. */
export class Outbox1765000000003 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(createOutbox('mcp'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(dropOutbox('mcp'));
  }
}
