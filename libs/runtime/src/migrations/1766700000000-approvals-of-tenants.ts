import type { MigrationInterface, QueryRunner } from 'typeorm';

const decisionIndexes = [
  ['tool_decisions_by_tenant', '(tenant_id, decided_at, id) where item_id is not null'],
  ['tool_decisions_by_tenant_and_tool', '(tenant_id, tool_name, decided_at, id) where item_id is not null'],
  ['tool_decisions_of_item', '(item_id) where item_id is not null'],
  ['tool_decisions_edits_in_response', `(response_id, tool_name, decided_at) where action = 'edit'`],
  [
    'tool_decisions_edits_in_conversation',
    `(user_id, conversation_id, tool_name, decided_at) where action = 'edit' and conversation_id is not null`,
  ],
] as const;

/**
 * Approvals of a whole tenant: indexes by the tenant, and in a decision the user that made it and what lists and later calls compare with its
 * response. `user_id` stays the owner of the response, as the previous release writes it; its decisions have no `decided_by`, which means the
 * owner, and no tenant: only their owner sees them. The table of responses is indexed beside the running services, so the migration has no
 * transaction; one that broke off begins again.
 */
export class ApprovalsOfTenants1766700000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index concurrently if exists responses.responses_waiting_in_tenant');
    await queryRunner.query(`
      create index concurrently responses_waiting_in_tenant on responses.responses (tenant_id, created_at, id)
        where status = 'requires_action' and body @? '$.output[*] ? (@.state == "pending_approval")'`);
    await queryRunner.query(`
      alter table responses.tool_decisions
        add column if not exists decided_by text,
        add column if not exists tenant_id text,
        add column if not exists dialect text,
        add column if not exists conversation_id text;
      update responses.tool_decisions d
         set tenant_id = r.tenant_id, dialect = r.body ->> 'dialect', conversation_id = r.conversation_id
        from responses.responses r where r.id = d.response_id and d.tenant_id is null;
    `);
    for (const [name, definition] of decisionIndexes)
      await queryRunner.query(`create index if not exists ${name} on responses.tool_decisions ${definition}`);
    await queryRunner.query('drop index if exists responses.tool_decisions_by_item');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index concurrently if exists responses.responses_waiting_in_tenant');
    await queryRunner.query(`
      create index if not exists tool_decisions_by_item on responses.tool_decisions (user_id, item_id)
        where item_id is not null;
      drop index if exists responses.tool_decisions_of_item, responses.tool_decisions_edits_in_response;
      alter table responses.tool_decisions
        drop column if exists decided_by, drop column if exists tenant_id, drop column if exists dialect,
        drop column if exists conversation_id;
    `);
  }
}
