import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The answer cache, and lists of conversations. */
export class AnswerCache1764600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table responses.answers (
        user_id text not null,
        request_hash text not null,
        response_id text not null references responses.responses (id) on delete cascade,
        created_at timestamptz not null default clock_timestamp(),
        primary key (user_id, request_hash)
      );
      create index answers_by_age on responses.answers (user_id, created_at);
      create index answers_by_response on responses.answers (response_id);
      create index conversations_by_user on responses.conversations (user_id, created_at desc, id desc);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop index responses.conversations_by_user;
      drop table responses.answers;
    `);
  }
}
