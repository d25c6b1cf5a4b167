import { AppError, type Caller, type JsonObject } from '@antiphon/contracts';
import { ConfigError } from '@antiphon/service-kit';
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { FileDocumentEntity } from './file-document.entity.ts';
import { plainPunctuation } from './plain-punctuation.ts';
import { searchStatement } from './search-statement.ts';

export interface FileIndexOptions {
  /** The text search configuration of PostgreSQL that matches the forms of a word; every word is also found as it is written. */
  language: string;
  documentsMax: number;
  /** Over all documents of one caller. */
  chunksMax: number;
  /** Chunks whose vectors one query is compared with. */
  vectorsComparedMax: number;
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

export interface FileQuery {
  text: string;
  /** The documents to search; null searches all. */
  documentIds: readonly string[] | null;
  /** A document must have all of them. */
  tags: readonly string[] | null;
  passagesMax: number;
  /** The query as a unit vector; null searches by words alone. */
  embedding: { model: string; vector: readonly number[] } | null;
}

/** A chunk that was found. */
export interface Passage {
  documentId: string;
  /** Its place in the document, from 0. */
  position: number;
  chunkCount: number;
  score: number;
  foundBy: ('words' | 'meaning')[];
  /** The parts of the text around the words of the query, which are marked. */
  preview: string;
  text: string;
  metadata: JsonObject;
  tags: string[];
}

/** The chunks that one statement inserts. */
const insertedAtOnce = 200;

/** The search indexes of users. Each user has one. */
export class FileIndexStore {
  private constructor(
    private readonly database: DataSource,
    private readonly options: FileIndexOptions,
    private readonly hasPgvector: boolean,
  ) {}

  /** Throws ConfigError for a language that this PostgreSQL does not know. */
  static async open(database: DataSource, options: FileIndexOptions): Promise<FileIndexStore> {
    const [found]: [{ has_language: boolean; has_pgvector: boolean }] = await database.query(
      `select exists (select from pg_ts_config where cfgname = $1) as has_language,
              to_regtype('vector') is not null as has_pgvector`,
      [options.language],
    );
    if (!found.has_language) {
      throw new ConfigError(
        `FILE_SEARCH_LANGUAGE: this PostgreSQL has no text search configuration "${options.language}"`,
      );
    }
    return new FileIndexStore(database, options, found.has_pgvector);
  }

  /** Stores a document and replaces the one with the same id. Throws `conflict` when the index is full, `unavailable` when it is busy. */
  async put(caller: Caller, document: IndexedDocument): Promise<{ isReplaced: boolean }> {
    const write = this.database.transaction(async (db) => {
      // Serializes the writes of one caller, so that together they stay within the bounds.
      await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `mcp.file_documents ${caller.userId}`,
      ]);
      await this.refuseTooMuch(db, caller, document);
      const isReplaced = await putDocument(db, caller, document);
      for (let start = 0; start < document.chunks.length; start += insertedAtOnce)
        await this.insertChunks(db, caller, document, start);
      return { isReplaced };
    });
    return write.catch(unlessBusy);
  }

  /** Returns whether the document existed. */
  async delete(caller: Caller, documentId: string): Promise<boolean> {
    const { affected } = await this.database.manager.delete(FileDocumentEntity, {
      userId: caller.userId,
      documentId,
    });
    return affected === 1;
  }

  /** The best passages, best first. Throws `unavailable` when the index is busy. */
  async search(caller: Caller, query: FileQuery): Promise<Passage[]> {
    const { text, documentIds, tags, passagesMax, embedding } = query;
    const { language, vectorsComparedMax } = this.options;
    const parameters: unknown[] = [caller.userId, documentIds, tags, text, language, passagesMax];
    if (embedding)
      parameters.push(vectorText(embedding.vector, this.hasPgvector), embedding.model, vectorsComparedMax);
    const mode = embedding === null ? 'none' : this.hasPgvector ? 'pgvector' : 'array';
    const rows = await this.database.query<FoundRow[]>(searchStatement(mode), parameters).catch(unlessBusy);
    return rows.map(({ document_id: documentId, found_by: foundBy, chunk_count: chunkCount, ...row }) => ({
      ...row,
      documentId,
      foundBy,
      chunkCount,
    }));
  }

  /** Whether a caller has no documents. */
  async isEmpty(caller: Caller): Promise<boolean> {
    return !(await this.database.manager.existsBy(FileDocumentEntity, { userId: caller.userId }));
  }

  private async refuseTooMuch(db: EntityManager, caller: Caller, document: IndexedDocument): Promise<void> {
    const { documentsMax, chunksMax } = this.options;
    const [others]: [{ documents: number; chunks: number }] = await db.query(
      `select count(*)::int as documents, coalesce(sum(chunk_count), 0)::int as chunks
         from mcp.file_documents where user_id = $1 and document_id <> $2`,
      [caller.userId, document.documentId],
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

  private async insertChunks(
    db: EntityManager,
    caller: Caller,
    { documentId, chunks, embedding }: IndexedDocument,
    start: number,
  ): Promise<void> {
    const texts = chunks.slice(start, start + insertedAtOnce);
    const vectors = texts.map((_, place) => {
      const vector = embedding?.vectors[start + place];
      return vector ? vectorText(vector, this.hasPgvector) : null;
    });
    await db.query(
      `insert into mcp.file_chunks (user_id, document_id, position, text, words, embedding)
       select $1, $2, $3 + place - 1, text, to_tsvector('simple', plain) || to_tsvector($4::regconfig, plain),
              vector::${this.hasPgvector ? 'vector' : 'real[]'}
         from unnest($5::text[], $6::text[]) with ordinality as chunks (text, vector, place),
              lateral (select ${plainPunctuation('text')} as plain) as read`,
      [caller.userId, documentId, start, this.options.language, texts, vectors],
    );
  }
}

interface FoundRow extends Pick<Passage, 'position' | 'score' | 'preview' | 'text' | 'metadata' | 'tags'> {
  document_id: string;
  chunk_count: number;
  found_by: Passage['foundBy'];
}

/** Writes the row of the document and deletes the chunks of the one it replaces. */
async function putDocument(db: EntityManager, caller: Caller, document: IndexedDocument): Promise<boolean> {
  const { documentId, metadata, tags, chunks, embedding } = document;
  const [, replaced]: [unknown, number] = await db.query(
    'delete from mcp.file_chunks where user_id = $1 and document_id = $2',
    [caller.userId, documentId],
  );
  await db.query(
    `insert into mcp.file_documents (user_id, document_id, metadata, tags, chunk_count, embedding_model)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (user_id, document_id) do update
        set metadata = excluded.metadata, tags = excluded.tags, chunk_count = excluded.chunk_count,
            embedding_model = excluded.embedding_model, updated_at = clock_timestamp()`,
    [caller.userId, documentId, JSON.stringify(metadata), tags, chunks.length, embedding?.model ?? null],
  );
  return replaced > 0;
}

/** A vector as PostgreSQL reads it, with the digits that a 32-bit float has. */
function vectorText(vector: readonly number[], isPgvector: boolean): string {
  const numbers = vector.map((value) => Number(value.toPrecision(9))).join(',');
  return isPgvector ? `[${numbers}]` : `{${numbers}}`;
}

/** Waits for locks and statements have the same time limit, so either code may end a wait. */
const timeoutCodes = ['55P03', '57014'];

/** Turns timeouts into `unavailable`, because a retry may succeed. Rethrows other errors. */
function unlessBusy(error: unknown): never {
  // pg's DatabaseError
  if (
    error instanceof QueryFailedError &&
    timeoutCodes.includes((error.driverError as { code: string }).code)
  ) {
    throw new AppError('unavailable', 'the index is busy: try again in a moment', { cause: error });
  }
  throw error;
}
