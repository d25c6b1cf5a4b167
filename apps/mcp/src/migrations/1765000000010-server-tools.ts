import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Settings for single tools of a server, and its limit on calls at the same time. */
export class ServerTools1765000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table mcp.servers
        add column concurrency int,
        add column tools jsonb not null default '{}'
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table mcp.servers drop column concurrency, drop column tools');
  }
}
