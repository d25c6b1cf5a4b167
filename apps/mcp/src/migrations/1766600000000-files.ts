import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files of callers, uploads in parts, and the parts that hold their bytes. */
export class Files1766600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table mcp.files (
        id text primary key,
        user_id text not null,
        filename text not null,
        purpose text not null,
        mime_type text not null,
        bytes bigint not null check (bytes > 0),
        created_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz
      );
      create index files_by_owner on mcp.files (user_id, id);
      create index files_by_purpose on mcp.files (user_id, purpose, id);
      create index files_by_expiry on mcp.files (expires_at) where expires_at is not null;
      create table mcp.uploads (
        id text primary key,
        user_id text not null,
        filename text not null,
        purpose text not null,
        mime_type text not null,
        bytes bigint not null check (bytes > 0),
        expires_after_seconds integer,
        status text not null check (status in ('pending', 'completed', 'cancelled', 'expired')),
        file_id text,
        created_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz not null
      );
      create index uploads_by_owner on mcp.uploads (user_id, status);
      create index uploads_by_expiry on mcp.uploads (expires_at);
      create table mcp.file_parts (
        id text primary key,
        user_id text not null,
        store text not null,
        bytes bigint not null,
        status text not null check (status in ('arriving', 'kept', 'released')),
        due_at timestamptz,
        file_id text references mcp.files (id),
        upload_id text references mcp.uploads (id),
        position integer,
        created_at timestamptz not null default clock_timestamp(),
        check ((status = 'kept') = (due_at is null)),
        check ((status = 'kept') = (num_nonnulls(file_id, upload_id) = 1))
      );
      create index file_parts_by_owner on mcp.file_parts (user_id) include (bytes, status);
      create index file_parts_by_file on mcp.file_parts (file_id, position) where file_id is not null;
      create index file_parts_by_upload on mcp.file_parts (upload_id) where upload_id is not null;
      create index file_parts_due on mcp.file_parts (due_at) where due_at is not null;
      create table mcp.file_part_chunks (
        part_id text not null references mcp.file_parts (id) on delete cascade,
        position integer not null,
        data bytea not null,
        primary key (part_id, position)
      );
      alter table mcp.file_part_chunks alter column data set storage external
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table mcp.file_part_chunks, mcp.file_parts, mcp.uploads, mcp.files');
  }
}
