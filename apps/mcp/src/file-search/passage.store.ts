import { AppError, type JsonObject } from '@antiphon/contracts';
import { ConfigError } from '@antiphon/service-kit';
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { plainPunctuation } from './plain-punctuation.ts';
import { type PassageQuery, searchStatement } from './search-statement.ts';
import { vectorText } from './vector-text.ts';

export interface PassageOptions {
  /** The text search configuration of PostgreSQL that matches the forms of a word; every word is also found as it is written. */
  language: string;
  /** Passages whose vectors one query is compared with. */
  vectorsComparedMax: number;
}

/** A passage that was found. */
export interface Passage {
  /** The name of its document, or the id of its file where the document has no name of its own. */
  documentId: string;
  fileId: string;
  filename: string;
  /** Its place in the document, from 0. */
  position: number;
  chunkCount: number;
  score: number;
  foundBy: ('words' | 'meaning')[];
  /** The parts of the text around the words of the query, which are marked. */
  preview: string;
  text: string;
  attributes: JsonObject;
  tags: string[];
}

/** Passages of a document in their order, with a unit vector for each, or without. */
export interface NewPassages {
  storeId: string;
  fileId: string;
  /** The place of the first one. */
  start: number;
  texts: readonly string[];
  vectors: readonly number[][] | null;
}

/** The passages that one statement inserts. */
const insertedAtOnce = 200;

/** The passages of the files in vector stores. */
export class PassageStore {
  private constructor(
    private readonly database: DataSource,
    private readonly options: PassageOptions,
    private readonly hasPgvector: boolean,
  ) {}

  /** Throws ConfigError for a language that this PostgreSQL does not know. */
  static async open(database: DataSource, options: PassageOptions): Promise<PassageStore> {
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
    return new PassageStore(database, options, found.has_pgvector);
  }

  /** Adds passages to a file. */
  async insert(db: EntityManager, passages: NewPassages): Promise<void> {
    for (let first = 0; first < passages.texts.length; first += insertedAtOnce)
      await this.insertSome(db, passages, first);
  }

  /** Removes all passages of a file. Returns whether there were any. */
  async remove(db: EntityManager, storeId: string, fileId: string): Promise<boolean> {
    const [, count]: [unknown, number] = await db.query(
      'delete from mcp.vector_store_chunks where store_id = $1 and file_id = $2',
      [storeId, fileId],
    );
    return count > 0;
  }

  /** The texts of a file's passages, in order. */
  async textsOf(storeId: string, fileId: string): Promise<string[]> {
    const rows = await this.database.query<{ text: string }[]>(
      'select text from mcp.vector_store_chunks where store_id = $1 and file_id = $2 order by position',
      [storeId, fileId],
    );
    return rows.map(({ text }) => text);
  }

  /** The best passages, best first. Throws `unavailable` when the index is busy. */
  async search(query: PassageQuery): Promise<Passage[]> {
    const { sql, parameters } = searchStatement(query, { ...this.options, hasPgvector: this.hasPgvector });
    return this.database.query<Passage[]>(sql, parameters).catch(unlessBusy);
  }

  private async insertSome(
    db: EntityManager,
    { storeId, fileId, start, texts, vectors }: NewPassages,
    first: number,
  ): Promise<void> {
    const some = texts.slice(first, first + insertedAtOnce);
    const someVectors = some.map((_, place) => {
      const vector = vectors?.[first + place];
      return vector ? vectorText(vector, this.hasPgvector) : null;
    });
    await db.query(
      `insert into mcp.vector_store_chunks (store_id, file_id, position, text, words, embedding)
       select $1, $2, $3 + place - 1, text, to_tsvector('simple', plain) || to_tsvector($4::regconfig, plain),
              vector::${this.hasPgvector ? 'vector' : 'real[]'}
         from unnest($5::text[], $6::text[]) with ordinality as chunks (text, vector, place),
              lateral (select ${plainPunctuation('text')} as plain) as read`,
      [storeId, fileId, start + first, this.options.language, some, someVectors],
    );
  }
}

/** What passages take of their owner's room: their texts, and vectors of 32-bit floats. */
export function bytesOf(texts: readonly string[], vectors: readonly number[][] | null): number {
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return (
    sum(texts.map((text) => Buffer.byteLength(text))) + sum((vectors ?? []).map(({ length }) => 4 * length))
  );
}

/** Waits for locks and statements have the same time limit, so either code may end a wait. */
const timeoutCodes = ['55P03', '57014'];

/** Turns timeouts into `unavailable`, because a retry may succeed. Rethrows other errors. */
export function unlessBusy(error: unknown): never {
  // pg's DatabaseError
  if (
    error instanceof QueryFailedError &&
    timeoutCodes.includes((error.driverError as { code: string }).code)
  ) {
    throw new AppError('unavailable', 'the index is busy: try again in a moment', { cause: error });
  }
  throw error;
}
