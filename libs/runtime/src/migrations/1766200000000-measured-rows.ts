import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The sizes of stored rows, in bytes of their JSON, so that a query can add them up without reading the rows. Triggers keep them, whichever
 * release writes. Responses that were stored before have none until their body is written again.
 */
export class MeasuredRows1766200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table responses.responses
        add column body_bytes integer,
        add column context_bytes integer;
      create function responses.measure_response() returns trigger language plpgsql as $$
      begin
        new.body_bytes := octet_length(new.body::text);
        new.context_bytes := octet_length(new.body ->> 'input') + octet_length(new.body ->> 'output');
        return new;
      end $$;
      create trigger responses_measured before insert or update of body on responses.responses
        for each row execute function responses.measure_response();

      alter table responses.conversation_items
        add column bytes integer,
        add column call_id text,
        add column call_part text check (call_part in ('server_call', 'client_call', 'output'));
      create function responses.measure_conversation_item() returns trigger language plpgsql as $$
      begin
        new.bytes := octet_length(new.item::text);
        new.call_id := new.item ->> 'callId';
        new.call_part := case new.item ->> 'type'
          when 'function_call' then case when new.item ->> 'executor' = 'server' then 'server_call' else 'client_call' end
          when 'function_call_output' then 'output' end;
        return new;
      end $$;
      create trigger conversation_items_measured before insert or update of item on responses.conversation_items
        for each row execute function responses.measure_conversation_item();
      update responses.conversation_items set item = item;
      alter table responses.conversation_items alter column bytes set not null;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop trigger conversation_items_measured on responses.conversation_items;
      drop function responses.measure_conversation_item();
      alter table responses.conversation_items drop column bytes, drop column call_id, drop column call_part;
      drop trigger responses_measured on responses.responses;
      drop function responses.measure_response();
      alter table responses.responses drop column body_bytes, drop column context_bytes;
    `);
  }
}
