import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The decisions about proposed tool calls. */
export class ToolDecisions1764050000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table responses.tool_decisions (
        id text primary key,
        response_id text not null references responses.responses (id) on delete cascade,
        user_id text not null,
        call_id text not null,
        tool_name text not null,
        action text not null check (action in ('accept', 'reject', 'edit', 'feedback', 'output')),
        proposed_arguments text not null,
        run_arguments text,
        message text,
        decided_at timestamptz not null default clock_timestamp()
      );
      create index tool_decisions_by_response on responses.tool_decisions (response_id, decided_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table responses.tool_decisions');
  }
}
