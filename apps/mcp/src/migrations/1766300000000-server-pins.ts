import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pinned servers, and the tools that their owners approved: of registered servers by row, of servers of the operator's file by label. */
export class ServerPins1766300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table mcp.servers add column is_pinned boolean not null default false;
      create table mcp.approved_tools (
        server_id uuid unique references mcp.servers (id) on delete cascade,
        file_label text unique,
        digests jsonb not null,
        approved_at timestamptz not null default clock_timestamp(),
        check (num_nonnulls(server_id, file_label) = 1)
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table mcp.approved_tools; alter table mcp.servers drop column is_pinned');
  }
}
