import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An index: its name, and its definition after the table's name. */
type NamedIndex = readonly [name: string, definition: string];

const added: readonly NamedIndex[] = [
  ['responses_in_status', '(user_id, status, created_at, id)'],
  ['responses_by_model', `(user_id, left(body ->> 'model', 256), created_at, id)`],
  ['responses_by_model_used', `(user_id, left(body ->> 'modelUsed', 256), created_at, id)`],
  [
    'responses_in_conversation',
    '(user_id, conversation_id, created_at, id) where conversation_id is not null',
  ],
  [
    'responses_following',
    `(user_id, conversation_id) where conversation_id is not null and previous_response_id is not null`,
  ],
  [
    'responses_by_user_metadata',
    `using gin (jsonb_set('{}', array[user_id], body -> 'metadata') jsonb_path_ops) where body -> 'metadata' <> '{}'`,
  ],
];

const removed: readonly NamedIndex[] = [
  ['responses_by_status', '(user_id, status, created_at desc, id desc)'],
  ['responses_by_conversation', '(user_id, conversation_id, created_at) where conversation_id is not null'],
  [
    'responses_by_metadata',
    `using gin ((body -> 'metadata') jsonb_path_ops) where body -> 'metadata' <> '{}'`,
  ],
];

/**
 * Indexes for the filters of lists, and for histories of conversations. They are built beside the running services, so the migration has no
 * transaction; a migration that broke off begins again with its unfinished index. The previous release lists by metadata without an
 * index until it is replaced.
 */
export class ListFilters1766300000000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const index of added) await build(queryRunner, index);
    for (const [name] of removed) await drop(queryRunner, name);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const index of removed) await build(queryRunner, index);
    for (const [name] of added) await drop(queryRunner, name);
  }
}

/** A build that broke off leaves an index that no query uses, under the same name. */
async function build(queryRunner: QueryRunner, [name, definition]: NamedIndex): Promise<void> {
  await drop(queryRunner, name);
  await queryRunner.query(`create index concurrently ${name} on responses.responses ${definition}`);
}

async function drop(queryRunner: QueryRunner, name: string): Promise<void> {
  await queryRunner.query(`drop index concurrently if exists responses.${name}`);
}
