import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Prompts, their versions, and the record of changes, which outlives the prompt. */
export class Prompts1764200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table responses.prompts (
        user_id text not null,
        id text not null,
        name text not null,
        description text,
        tags text[] not null,
        default_version integer not null,
        latest_version integer not null,
        revision integer not null,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        primary key (user_id, id)
      );
      create index prompts_by_time on responses.prompts (user_id, created_at, id);

      create table responses.prompt_versions (
        user_id text not null,
        prompt_id text not null,
        version integer not null,
        content jsonb not null,
        variables jsonb not null,
        note text,
        created_at timestamptz not null default clock_timestamp(),
        archived_at timestamptz,
        primary key (user_id, prompt_id, version),
        foreign key (user_id, prompt_id) references responses.prompts (user_id, id) on delete cascade
      );

      create table responses.prompt_audit (
        id bigint generated always as identity primary key,
        user_id text not null,
        prompt_id text not null,
        action text not null,
        version integer,
        details jsonb not null,
        actor_id text not null,
        actor_kind text not null,
        at timestamptz not null default clock_timestamp()
      );
      create index prompt_audit_by_prompt on responses.prompt_audit (user_id, prompt_id, id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      drop table responses.prompt_audit;
      drop table responses.prompt_versions;
      drop table responses.prompts;
    `);
  }
}
