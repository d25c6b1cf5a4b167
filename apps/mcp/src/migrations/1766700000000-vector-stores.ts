import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Vector stores, their files with the queue of those to index, and the passages of files. The documents of the file_search tools move into
 * default stores. Their former tables become views, through which the previous release reads and writes.
 */
export class VectorStores1766700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.createTables(runner, await this.typeOfEmbeddings(runner));
    await this.countFiles(runner);
    await this.placeDocuments(runner);
    await this.moveDocuments(runner);
    await this.createViews(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    const embeddingType = await this.typeOfEmbeddings(runner, 'vector_store_chunks');
    await runner.query(`
      drop view mcp.file_chunks, mcp.file_documents;
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
      );
      create table mcp.file_chunks (
        user_id text not null,
        document_id text not null,
        position integer not null check (position >= 0),
        text text not null,
        words tsvector not null,
        embedding ${embeddingType},
        primary key (user_id, document_id, position),
        foreign key (user_id, document_id) references mcp.file_documents on delete cascade
      );
      create index file_chunks_words on mcp.file_chunks using gin (words);
      insert into mcp.file_documents
      select user_id, document_id, attributes, tags, chunk_count, embedding_model, created_at, updated_at
        from mcp.vector_store_files
       where document_id is not null and status = 'completed' and user_id <> '' and chunk_count > 0;
      insert into mcp.file_chunks
      select f.user_id, f.document_id, c.position, c.text, c.words, c.embedding
        from mcp.vector_store_chunks c join mcp.vector_store_files f using (store_id, file_id)
        join mcp.file_documents d on d.user_id = f.user_id and d.document_id = f.document_id;
      drop table mcp.vector_store_chunks, mcp.vector_store_files, mcp.vector_store_batches, mcp.vector_stores;
      drop function mcp.write_file_chunk, mcp.place_document, mcp.count_files_added, mcp.count_files_removed,
                    mcp.count_files_changed
    `);
  }

  private async typeOfEmbeddings(runner: QueryRunner, table = 'file_chunks'): Promise<string> {
    const rows = (await runner.query(
      `select format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = to_regclass($1) and attname = 'embedding'`,
      [`mcp.${table}`],
    )) as [{ type: string }]; // its row: the table exists
    return rows[0].type;
  }

  private async createTables(runner: QueryRunner, embeddingType: string): Promise<void> {
    await runner.query(`
      create table mcp.vector_stores (
        id text primary key,
        user_id text not null,
        name text not null,
        description text,
        metadata jsonb not null default '{}',
        is_default boolean not null default false,
        expires_after_days integer,
        created_at timestamptz not null default clock_timestamp(),
        last_active_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz,
        removed_at timestamptz,
        in_progress_count integer not null default 0,
        completed_count integer not null default 0,
        failed_count integer not null default 0,
        cancelled_count integer not null default 0,
        file_count integer generated always as
          (in_progress_count + completed_count + failed_count + cancelled_count) stored,
        usage_bytes bigint not null default 0,
        check (not is_default or removed_at is null)
      )`);
    await runner.query(`
      create unique index vector_stores_default on mcp.vector_stores (user_id) where is_default`);
    await runner.query(`
      create index vector_stores_by_owner on mcp.vector_stores (user_id, id) where removed_at is null`);
    await runner.query(`
      create index vector_stores_by_expiry on mcp.vector_stores (expires_at) where file_count > 0`);
    await runner.query(`
      create index vector_stores_removed on mcp.vector_stores (removed_at) where removed_at is not null`);
    await runner.query(`
      create table mcp.vector_store_batches (
        id text primary key,
        store_id text not null references mcp.vector_stores (id) on delete cascade,
        created_at timestamptz not null default clock_timestamp(),
        cancelled_at timestamptz
      )`);
    await runner.query('create index vector_store_batches_by_store on mcp.vector_store_batches (store_id)');
    // A document of the tools has its own name and no stored file; every other row has a file of /v1/files, and goes with it.
    await runner.query(`
      create table mcp.vector_store_files (
        store_id text not null references mcp.vector_stores (id) on delete cascade,
        file_id text not null,
        place bigint not null generated always as identity,
        user_id text not null,
        document_id text,
        source_id text generated always as (case when document_id is null then file_id end) stored
          references mcp.files (id) on delete cascade,
        batch_id text references mcp.vector_store_batches (id) on delete set null,
        filename text not null,
        attributes jsonb not null default '{}',
        tags text[] not null default '{}',
        chunk_tokens integer not null default 800,
        overlap_tokens integer not null default 400,
        status text not null default 'completed'
          check (status in ('in_progress', 'completed', 'failed', 'cancelled')),
        error_code text,
        error_message text,
        chunk_count integer not null default 0,
        usage_bytes bigint not null default 0,
        embedding_model text,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp(),
        creator jsonb,
        turn bigint not null default 0,
        epoch integer not null default 0,
        attempts integer not null default 0,
        due_at timestamptz,
        primary key (store_id, file_id),
        unique (user_id, document_id),
        check ((status = 'in_progress') = (due_at is not null))
      )`);
    for (const index of [
      'vector_store_files_in_order on mcp.vector_store_files (store_id, place)',
      'vector_store_files_by_status on mcp.vector_store_files (store_id, status, place)',
      'vector_store_files_of_batch on mcp.vector_store_files (batch_id, place) where batch_id is not null',
      'vector_store_files_of_batch_by_status on mcp.vector_store_files (batch_id, status, place) where batch_id is not null',
      'vector_store_files_by_source on mcp.vector_store_files (source_id) where source_id is not null',
      `vector_store_files_queue on mcp.vector_store_files (turn, place) where status = 'in_progress'`,
      `vector_store_files_queue_by_owner on mcp.vector_store_files (user_id, turn) where status = 'in_progress'`,
    ])
      await runner.query(`create index ${index}`);
    await runner.query(`
      create table mcp.vector_store_chunks (
        store_id text not null,
        file_id text not null,
        position integer not null check (position >= 0),
        text text not null,
        words tsvector not null,
        embedding ${embeddingType},
        primary key (store_id, file_id, position),
        foreign key (store_id, file_id) references mcp.vector_store_files on delete cascade
      )`);
    await runner.query('create index vector_store_chunks_words on mcp.vector_store_chunks using gin (words)');
  }

  /** Keeps the counts of each store in its row, one update a statement, so that lists of stores count nothing. */
  private async countFiles(runner: QueryRunner): Promise<void> {
    const added = 'select store_id, status, usage_bytes, 1 as n from added';
    const removed = 'select store_id, status, usage_bytes, -1 as n from removed';
    for (const [name, event, tables, changes] of [
      ['count_files_added', 'insert', 'new table as added', added],
      ['count_files_removed', 'delete', 'old table as removed', removed],
      [
        'count_files_changed',
        'update',
        'new table as added old table as removed',
        `${added} union all ${removed}`,
      ],
    ]) {
      await runner.query(`
        create function mcp.${name}() returns trigger language plpgsql as $$
        begin
          update mcp.vector_stores s
             set in_progress_count = s.in_progress_count + c.in_progress,
                 completed_count = s.completed_count + c.completed,
                 failed_count = s.failed_count + c.failed,
                 cancelled_count = s.cancelled_count + c.cancelled,
                 usage_bytes = s.usage_bytes + c.bytes
            from (select store_id,
                         coalesce(sum(n) filter (where status = 'in_progress'), 0) as in_progress,
                         coalesce(sum(n) filter (where status = 'completed'), 0) as completed,
                         coalesce(sum(n) filter (where status = 'failed'), 0) as failed,
                         coalesce(sum(n) filter (where status = 'cancelled'), 0) as cancelled,
                         sum(n * usage_bytes) as bytes
                    from (${changes}) as changes group by store_id) as c
           where s.id = c.store_id
             and (c.in_progress <> 0 or c.completed <> 0 or c.failed <> 0 or c.cancelled <> 0 or c.bytes <> 0);
          return null;
        end $$`);
      await runner.query(`
        create trigger ${name} after ${event} on mcp.vector_store_files
          referencing ${tables} for each statement execute function mcp.${name}()`);
    }
  }

  /** Gives a document that names no store, as those of the previous release, its place in the default store of its owner. */
  private async placeDocuments(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function mcp.place_document() returns trigger language plpgsql as $$
      begin
        insert into mcp.vector_stores (id, user_id, name, is_default)
        values (${defaultStoreId}, new.user_id, 'file_search', true)
            on conflict (user_id) where is_default do nothing;
        select id into new.store_id from mcp.vector_stores where user_id = new.user_id and is_default;
        new.file_id := ${documentFileId};
        new.filename := new.document_id;
        return new;
      end $$`);
    await runner.query(`
      create trigger place_document before insert on mcp.vector_store_files
        for each row when (new.store_id is null) execute function mcp.place_document()`);
  }

  private async moveDocuments(runner: QueryRunner): Promise<void> {
    await runner.query(`
      insert into mcp.vector_stores (id, user_id, name, is_default, created_at)
      select ${defaultStoreId}, user_id, 'file_search', true, min(created_at)
        from mcp.file_documents group by user_id`);
    await runner.query(`
      insert into mcp.vector_store_files (store_id, file_id, user_id, document_id, filename, attributes, tags, chunk_count,
                                          usage_bytes, embedding_model, created_at, updated_at)
      select s.id, ${documentFileId}, d.user_id, d.document_id, d.document_id, d.metadata, d.tags, d.chunk_count,
             (select coalesce(sum(octet_length(c.text) + coalesce(pg_column_size(c.embedding), 0)), 0)
                from mcp.file_chunks c where c.user_id = d.user_id and c.document_id = d.document_id),
             d.embedding_model, d.created_at, d.updated_at
        from mcp.file_documents d join mcp.vector_stores s on s.user_id = d.user_id and s.is_default
       order by d.user_id, d.created_at, d.document_id`);
    await runner.query(`
      insert into mcp.vector_store_chunks (store_id, file_id, position, text, words, embedding)
      select f.store_id, f.file_id, c.position, c.text, c.words, c.embedding
        from mcp.file_chunks c join mcp.vector_store_files f using (user_id, document_id)`);
    await runner.query('drop table mcp.file_chunks, mcp.file_documents');
  }

  private async createViews(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create view mcp.file_documents as
      select user_id, document_id, attributes as metadata, tags, chunk_count, embedding_model, created_at, updated_at
        from mcp.vector_store_files where document_id is not null and status = 'completed' and user_id <> ''`);
    await runner.query(`
      create view mcp.file_chunks as
      select f.user_id, f.document_id, c.position, c.text, c.words, c.embedding
        from mcp.vector_store_chunks c join mcp.vector_store_files f using (store_id, file_id)
       where f.document_id is not null and f.status = 'completed' and f.user_id <> ''`);
    await runner.query(`
      create function mcp.write_file_chunk() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' then
          delete from mcp.vector_store_chunks c using mcp.vector_store_files f
           where f.user_id = old.user_id and f.document_id = old.document_id
             and c.store_id = f.store_id and c.file_id = f.file_id and c.position = old.position;
          return old;
        end if;
        insert into mcp.vector_store_chunks (store_id, file_id, position, text, words, embedding)
        select store_id, file_id, new.position, new.text, new.words, new.embedding
          from mcp.vector_store_files where user_id = new.user_id and document_id = new.document_id;
        return new;
      end $$`);
    await runner.query(`
      create trigger write_file_chunk instead of insert or delete on mcp.file_chunks
        for each row execute function mcp.write_file_chunk()`);
  }
}

/** Ids of rows that SQL makes. Their time is zero: lists by id have the default store as the oldest one. */
const randomDigits = `left(replace(gen_random_uuid()::text, '-', ''), 24)`;
const defaultStoreId = `'vs_0000000000' || ${randomDigits}`;
const documentFileId = `'file_0000000000' || ${randomDigits}`;
