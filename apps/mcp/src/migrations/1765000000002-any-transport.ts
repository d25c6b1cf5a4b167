import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A server without a configured transport is connected by the one that it supports. */
export class AnyTransport1765000000002 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('alter table mcp.servers alter column transport drop not null');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`update mcp.servers set transport = 'streamable_http' where transport is null`);
    await db.query('alter table mcp.servers alter column transport set not null');
  }
}
