import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Items of conversations as rows, one run of a conversation at a time, and lists of responses. */
export class Conversations1764500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table responses.conversations add column metadata jsonb not null default '{}';

      create table responses.conversation_items (
        user_id text not null,
        conversation_id text not null,
        position bigint generated always as identity,
        item_id text not null,
        item jsonb not null,
        response_id text,
        created_at timestamptz not null default clock_timestamp(),
        primary key (user_id, conversation_id, position),
        foreign key (user_id, conversation_id) references responses.conversations (user_id, id) on delete cascade
      );
      create unique index conversation_items_by_id
        on responses.conversation_items (user_id, conversation_id, item_id);
      create index conversation_items_by_response on responses.conversation_items (response_id)
        where response_id is not null;

      insert into responses.conversation_items (user_id, conversation_id, item_id, item, response_id, created_at)
      select r.user_id, r.conversation_id, turn.item ->> 'id', turn.item, r.id, r.created_at
        from responses.responses r
        join responses.conversations c on c.user_id = r.user_id and c.id = r.conversation_id
        cross join lateral jsonb_array_elements((r.body -> 'input') || (r.body -> 'output'))
          with ordinality as turn(item, place)
       where r.status in ('completed', 'incomplete', 'requires_action')
       order by r.created_at, r.id, turn.place
          on conflict do nothing;

      create unique index responses_running_in_conversation on responses.responses (user_id, conversation_id)
        where conversation_id is not null and status in ('queued', 'in_progress');

      drop index responses.responses_by_user;
      create index responses_by_user on responses.responses (user_id, created_at desc, id desc);
      create index responses_by_status on responses.responses (user_id, status, created_at desc, id desc);
      create index responses_by_metadata on responses.responses using gin ((body -> 'metadata') jsonb_path_ops)
        where body -> 'metadata' <> '{}';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop index responses.responses_by_metadata;
      drop index responses.responses_by_status;
      drop index responses.responses_by_user;
      create index responses_by_user on responses.responses (user_id, created_at desc);
      drop index responses.responses_running_in_conversation;
      drop table responses.conversation_items;
      alter table responses.conversations drop column metadata;
    `);
  }
}
