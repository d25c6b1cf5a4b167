import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateFileSearch1765000000000 implements MigrationInterface {
  readonly name = 'CreateFileSearch1765000000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query('create schema if not exists mcp');
    await db.query(`
      create table mcp.file_documents (
        user_id text not null,
        document_id text not null,
        metadata jsonb not null,
        tags text[] not null,
        chunk_count integer not null check (chunk_count > 0),
        embedding_model text,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        primary key (user_id, document_id)
      )`);
    await db.query(`
      create table mcp.file_chunks (
        user_id text not null,
        document_id text not null,
        position integer not null check (position >= 0),
        text text not null,
        words tsvector not null,
        embedding ${await this.embeddingType(db)},
        primary key (user_id, document_id, position),
        foreign key (user_id, document_id) references mcp.file_documents on delete cascade
      )`);
    await db.query('create index file_chunks_words on mcp.file_chunks using gin (words)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table mcp.file_chunks');
    await db.query('drop table mcp.file_documents');
  }

  /** pgvector's type where this database has the extension or may create it; without it, an array holds the same numbers. */
  private async embeddingType(db: QueryRunner): Promise<'vector' | 'real[]'> {
    await db.query(`
      do $$ begin
        if exists (select from pg_available_extensions where name = 'vector') then
          create extension if not exists vector;
        end if;
      exception when insufficient_privilege then
        raise notice 'the extension vector may not be created: embeddings are kept as arrays';
      end $$`);
    const types = (await db.query(`select where to_regtype('vector') is not null`)) as unknown[]; // its rows
    return types.length > 0 ? 'vector' : 'real[]';
  }
}
