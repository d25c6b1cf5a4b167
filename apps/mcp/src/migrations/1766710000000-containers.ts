import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Containers and their files. The previous release releases parts without knowing the third owner: a released part may still name a file of a
 * container, and forgets it when that file goes.
 */
export class Containers1766710000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table mcp.containers (
        id text primary key,
        user_id text not null,
        name text not null,
        status text not null check (status in ('running', 'expired')),
        idle_minutes integer not null check (idle_minutes > 0),
        memory_limit text,
        created_at timestamptz not null,
        last_active_at timestamptz not null,
        expires_at timestamptz not null,
        ran_at timestamptz
      );
      create index containers_by_owner on mcp.containers (user_id, id);
      create index containers_by_name on mcp.containers (user_id, name, id);
      create index containers_by_expiry on mcp.containers (status, expires_at);
      create table mcp.container_files (
        id text primary key,
        container_id text not null references mcp.containers (id),
        user_id text not null,
        path text not null,
        bytes bigint not null,
        source text not null check (source in ('user', 'assistant')),
        origin_id text,
        created_at timestamptz not null
      );
      create unique index container_files_by_path on mcp.container_files (container_id, path);
      create index container_files_by_container on mcp.container_files (container_id, id);
      create index container_files_by_owner on mcp.container_files (user_id);
      alter table mcp.file_parts add column container_file_id text
        references mcp.container_files (id) on delete set null;
      create index file_parts_by_container_file on mcp.file_parts (container_file_id)
        where container_file_id is not null;
      alter table mcp.file_parts drop constraint file_parts_check1;
      alter table mcp.file_parts add constraint file_parts_owner_check check (
        case status when 'kept' then num_nonnulls(file_id, upload_id, container_file_id) = 1
                    else num_nonnulls(file_id, upload_id) = 0 end)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update mcp.file_parts
         set status = 'released', due_at = clock_timestamp(), position = null, container_file_id = null
       where container_file_id is not null;
      alter table mcp.file_parts drop constraint file_parts_owner_check;
      alter table mcp.file_parts drop column container_file_id;
      alter table mcp.file_parts add constraint file_parts_check1
        check ((status = 'kept') = (num_nonnulls(file_id, upload_id) = 1));
      drop table mcp.container_files, mcp.containers
    `);
  }
}
