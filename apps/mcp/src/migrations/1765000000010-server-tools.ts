import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is said of single tools of a server, and how many of its calls may run at once. */
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
