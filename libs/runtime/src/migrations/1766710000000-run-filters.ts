import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes: their names, and their definitions after the table's name. */
const indexes = {
  responses_by_dialect: `(user_id, (body ->> 'dialect'), created_at, id)`,
  responses_by_user_tools: `using gin (
    jsonb_set('{}', array[user_id], jsonb_path_query_array(body, '$.output[*] ? (@.type == "function_call").name')) jsonb_path_ops)
    where body @? '$.output[*] ? (@.type == "function_call")'`,
  responses_by_user_text: `using gin (
    (array_to_tsvector(array['user:' || user_id]) || to_tsvector('simple', left((body -> 'metadata')::text, 100000))))
    where body -> 'metadata' <> '{}'`,
};

/**
 * Indexes for lists by dialect, by a called tool and by words of the metadata. The text of the metadata is cut, since PostgreSQL refuses words
 * of more than a megabyte. They are built beside the running services, so the migration has no transaction; one that broke off begins again.
 */
export class RunFilters1766710000000 implements MigrationInterface {
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
