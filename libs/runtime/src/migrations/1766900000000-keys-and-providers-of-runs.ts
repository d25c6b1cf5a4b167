import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes: their names, and their definitions after the table's name. */
const indexes = {
  responses_by_key: `(user_id, coalesce(body #>> '{rights,keyId}', ''), created_at, id)`,
  responses_by_provider: `(user_id,
    coalesce(jsonb_path_query_array(body, '$.turns[*] ? (@.outcome == "ok" && @.provider != null).provider') ->> -1, ''),
    created_at, id)`,
};

/**
 * Indexes for lists by the API key of the create and by the provider that answered last. They are built beside the running services, so the migration has no
 * transaction; one that broke off begins again.
 */
export class KeysAndProvidersOfRuns1766900000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(indexes)) {
      await drop(queryRunner, name);
      await queryRunner.query(`create index concurrently ${name} on responses.responses ${definition}`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of Object.keys(indexes)) await drop(queryRunner, name);
  }
}

async function drop(queryRunner: QueryRunner, name: string): Promise<void> {
  await queryRunner.query(`drop index concurrently if exists responses.${name}`);
}
