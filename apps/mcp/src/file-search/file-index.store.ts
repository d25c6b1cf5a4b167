import { AppError, type Caller, type JsonObject, newId } from '@antiphon/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { findDefaultStore, lockStoresOf, openDefaultStore } from './default-store.ts';
import { bytesOf, type Passage, type PassageOptions, PassageStore, unlessBusy } from './passage.store.ts';
import type { PassageQuery } from './search-statement.ts';

export interface FileIndexOptions extends PassageOptions {
  documentsMax: number;
  /** Over all documents of one caller. */
  chunksMax: number;
}

/** A document ready to be stored. */
export interface IndexedDocument {
  documentId: string;
  metadata: JsonObject;
  tags: readonly string[];
  chunks: readonly string[];
  /** A unit vector for each chunk; null without embeddings. */
  embedding: { model: string; vectors: readonly number[][] } | null;
}

export type FileQuery = Pick<PassageQuery, 'text' | 'documentIds' | 'tags' | 'passagesMax' | 'embedding'>;

/** The default vector stores of users, as the file_search tools see them: documents with names that their owner gave. */
export class FileIndexStore {
  private constructor(
    private readonly database: DataSource,
    private readonly options: FileIndexOptions,
    private readonly passages: PassageStore,
  ) {}

  /** Throws ConfigError for a language that this PostgreSQL does not know. */
  static async open(database: DataSource, options: FileIndexOptions): Promise<FileIndexStore> {
    return new FileIndexStore(database, options, await PassageStore.open(database, options));
  }

  /** Stores a document and replaces the one with the same id. Throws `conflict` when the index is full, `unavailable` when it is busy. */
  async put(caller: Caller, document: IndexedDocument): Promise<{ isReplaced: boolean }> {
    const write = this.database.transaction(async (db) => {
      await lockStoresOf(db, caller.userId);
      const storeId = await openDefaultStore(db, caller);
      await this.refuseTooMuch(db, storeId, document);
      const fileId = await putDocument(db, caller, storeId, document);
      const isReplaced = await this.passages.remove(db, storeId, fileId);
      const vectors = document.embedding?.vectors ?? null;
      await this.passages.insert(db, { storeId, fileId, start: 0, texts: document.chunks, vectors });
      return { isReplaced };
    });
    return write.catch(unlessBusy);
  }

  /** Returns whether the document existed. */
  async delete(caller: Caller, documentId: string): Promise<boolean> {
    const storeId = await findDefaultStore(this.database, caller);
    const [, count]: [unknown, number] = await this.database.query(
      'delete from mcp.vector_store_files where store_id = $1 and coalesce(document_id, file_id) = $2',
      [storeId, documentId],
    );
    return count === 1;
  }

  /** The best passages, best first. Throws `unavailable` when the index is busy. */
  async search(caller: Caller, query: FileQuery): Promise<Passage[]> {
    const storeId = await findDefaultStore(this.database, caller);
    if (storeId === null) return [];
    return this.passages.search({
      ...query,
      storeIds: [storeId],
      filter: null,
      weights: { words: 1, meaning: 1 },
    });
  }

  /** Whether a caller has no documents. */
  async isEmpty(caller: Caller): Promise<boolean> {
    const storeId = await findDefaultStore(this.database, caller);
    const [row] = await this.database.query<{ count: number }[]>(
      'select completed_count as count from mcp.vector_stores where id = $1',
      [storeId],
    );
    return (row?.count ?? 0) === 0;
  }

  private async refuseTooMuch(db: EntityManager, storeId: string, document: IndexedDocument): Promise<void> {
    const { documentsMax, chunksMax } = this.options;
    const [others]: [{ documents: number; chunks: number }] = await db.query(
      `select count(*)::int as documents, coalesce(sum(chunk_count), 0)::int as chunks
         from mcp.vector_store_files where store_id = $1 and document_id <> $2`,
      [storeId, document.documentId],
    );
    if (others.documents >= documentsMax) {
      throw new AppError('conflict', `the index holds at most ${documentsMax} documents: delete one first`);
    }
    if (others.chunks + document.chunks.length > chunksMax) {
      throw new AppError(
        'conflict',
        `the index is full: it holds at most ${chunksMax} passages over all documents, this document has ` +
          `${document.chunks.length} and the others ${others.chunks}; delete one first`,
      );
    }
  }
}

/** Writes the row of the document and returns the id of its file. */
async function putDocument(
  db: EntityManager,
  caller: Caller,
  storeId: string,
  { documentId, metadata, tags, chunks, embedding }: IndexedDocument,
): Promise<string> {
  const [row]: [{ file_id: string }] = await db.query(
    `insert into mcp.vector_store_files (store_id, file_id, user_id, document_id, filename, attributes, tags, chunk_count,
                                         usage_bytes, embedding_model)
     values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)
     on conflict (user_id, document_id) do update
        set attributes = excluded.attributes, tags = excluded.tags, chunk_count = excluded.chunk_count,
            usage_bytes = excluded.usage_bytes, embedding_model = excluded.embedding_model,
            updated_at = clock_timestamp()
     returning file_id`,
    [
      storeId,
      newId('file'),
      caller.userId,
      documentId,
      JSON.stringify(metadata),
      tags,
      chunks.length,
      bytesOf(chunks, embedding?.vectors ?? null),
      embedding?.model ?? null,
    ],
  );
  return row.file_id;
}
