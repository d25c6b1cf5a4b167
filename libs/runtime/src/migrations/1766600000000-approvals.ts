import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lists of approvals: paused responses with a call that waits for one, and decisions by their user, with the item of the call. Decisions of
 * the previous release have no item and are not listed. The table of responses is indexed beside the running services, so the migration has no
 * transaction; one that broke off begins again.
 */
export class Approvals1766600000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index concurrently if exists responses.responses_waiting_for_approval');
    await queryRunner.query(`
      create index concurrently responses_waiting_for_approval on responses.responses (user_id, created_at, id)
        where status = 'requires_action' and body @? '$.output[*] ? (@.state == "pending_approval")'`);
    await queryRunner.query(`
      alter table responses.tool_decisions add column if not exists item_id text;
      create index if not exists tool_decisions_by_user on responses.tool_decisions (user_id, decided_at, id)
        where item_id is not null;
      create index if not exists tool_decisions_by_user_and_tool on responses.tool_decisions (user_id, tool_name, decided_at, id)
        where item_id is not null;
      create index if not exists tool_decisions_by_item on responses.tool_decisions (user_id, item_id)
        where item_id is not null;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index concurrently if exists responses.responses_waiting_for_approval');
    await queryRunner.query('alter table responses.tool_decisions drop column if exists item_id');
  }
}
