import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A number of each conversation that grows with every write to its items, whichever release writes. It commits with the write, so a history
 * that was read under the same number is still whole.
 */
export class ConversationVersion1766500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table responses.conversations add column version bigint not null default 0;
      create function responses.count_conversation_write() returns trigger language plpgsql as $$
      begin
        update responses.conversations c set version = c.version + 1
          from (select distinct user_id, conversation_id from written) w
         where c.user_id = w.user_id and c.id = w.conversation_id;
        return null;
      end $$;
      create trigger conversation_items_inserted after insert on responses.conversation_items
        referencing new table as written for each statement execute function responses.count_conversation_write();
      create trigger conversation_items_updated after update on responses.conversation_items
        referencing new table as written for each statement execute function responses.count_conversation_write();
      create trigger conversation_items_deleted after delete on responses.conversation_items
        referencing old table as written for each statement execute function responses.count_conversation_write();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop trigger conversation_items_deleted on responses.conversation_items;
      drop trigger conversation_items_updated on responses.conversation_items;
      drop trigger conversation_items_inserted on responses.conversation_items;
      drop function responses.count_conversation_write();
      alter table responses.conversations drop column version;
    `);
  }
}
