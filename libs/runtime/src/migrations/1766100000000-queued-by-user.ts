import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The queue by user, in which claims take turns and each user's waiting runs are counted. The previous release goes on with the old index. */
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
