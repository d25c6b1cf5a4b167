import type { Caller } from '@antiphon/contracts';
import { PGlite, type Results } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite/vector';
import type { DataSource, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateFileSearch1765000000000 } from '../migrations/1765000000000-create-file-search.ts';
import { Files1766600000000 } from '../migrations/1766600000000-files.ts';
import { VectorStores1766700000000 } from '../migrations/1766700000000-vector-stores.ts';
import { FileIndexStore } from './file-index.store.ts';

// The PostgreSQL of the other specs has no pgvector; this one, compiled to WebAssembly, has.
let postgres: PGlite;
let store: FileIndexStore;
const caller: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'user', scopes: [] };

beforeAll(async () => {
  postgres = new PGlite({ extensions: { vector } });
  const query = async (sql: string, parameters?: unknown[]) => {
    const { rows, affectedRows }: Results = await postgres.query(sql, parameters);
    return /^\s*delete/.test(sql) ? [rows, affectedRows] : rows;
  };
  // One connection, which has what the migration and the store ask of TypeORM.
  const connection = { query, transaction: (run: (db: object) => unknown) => run({ query }) };
  const migrating = { ...connection, query: migrationQuery } as unknown as QueryRunner;
  await new CreateFileSearch1765000000000().up(migrating);
  await new Files1766600000000().up(migrating);
  await new VectorStores1766700000000().up(migrating);
  store = await FileIndexStore.open(connection as unknown as DataSource, {
    language: 'english',
    documentsMax: 10,
    chunksMax: 10,
    vectorsComparedMax: 10,
  });
});

/** Runs several statements where there are no parameters, as migrations have them. */
async function migrationQuery(sql: string, parameters?: unknown[]): Promise<unknown> {
  if (parameters) return (await postgres.query(sql, parameters)).rows;
  return (await postgres.exec(sql)).at(-1)?.rows;
}

afterAll(async () => {
  await postgres?.close();
});

function put(documentId: string, text: string, vector: number[]) {
  const embedding = { model: 'concepts', vectors: [vector] };
  return store.put(caller, { documentId, metadata: {}, tags: [], chunks: [text], embedding });
}

async function search(text: string, vector: number[]): Promise<[string, string[]][]> {
  const embedding = { model: 'concepts', vector };
  const query = { text, documentIds: null, tags: null, passagesMax: 5, embedding };
  return (await store.search(caller, query)).map(({ documentId, foundBy }) => [documentId, foundBy]);
}

describe('file search where PostgreSQL has pgvector', () => {
  it('keeps its vectors as such, and finds by meaning and by words', async () => {
    const { rows } = await postgres.query(
      `select format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = 'mcp.vector_store_chunks'::regclass and attname = 'embedding'`,
    );
    expect(rows).toEqual([{ type: 'vector' }]);
    await put('cars', 'My car is red.', [1, 0, 0]);
    await put('cats', 'Our cat sleeps.', [0, 1, 0]);
    await put('both', 'The cat is in the car.', [0.6, 0.8, 0]);
    await put('shorter', 'A vector of another length.', [0, 1]);
    expect(await search('automobile', [0.8, 0.6, 0])).toEqual([
      ['both', ['meaning']],
      ['cars', ['meaning']],
      ['cats', ['meaning']],
    ]);
    expect((await search('sleeping cat', [0, 1, 0]))[0]).toEqual(['cats', ['words', 'meaning']]);
    expect(await put('cats', 'Our cat is gone.', [0, 0, 1])).toEqual({ isReplaced: true });
    expect((await search('kitten', [0, 1, 0]))[0]).toEqual(['both', ['meaning']]);
  });
});
