import type { MigrationInterface, QueryRunner } from 'typeorm';

export class McpServers1765000000001 implements MigrationInterface {
  readonly name = 'McpServers1765000000001';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table mcp.servers (
        id uuid primary key,
        owner_id text,
        label text not null,
        url text not null,
        transport text not null check (transport in ('streamable_http', 'sse')),
        header_names text[] not null,
        headers_sealed text,
        allowed_tools text[],
        approval text not null check (approval in ('never', 'unsafe', 'always')),
        timeouts jsonb not null,
        is_enabled boolean not null,
        revision uuid not null,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        constraint servers_label_key unique nulls not distinct (owner_id, label),
        check ((headers_sealed is null) = (header_names = '{}'))
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table mcp.servers');
  }
}
