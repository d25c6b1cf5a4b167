import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An index of the queue by user, for claims in turns and for counts. The previous release uses the old index. */
export class QueuedByUser1766100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `create index responses_queued_by_user on responses.responses (user_id, created_at, id) where status = 'queued'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index responses.responses_queued_by_user');
  }
}
