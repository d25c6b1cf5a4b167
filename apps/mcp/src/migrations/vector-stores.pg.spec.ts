import { createDataSource, createLogger } from '@antiphon/service-kit';
import { createTestDatabase } from '@antiphon/service-kit/testing';
import type { DataSource } from 'typeorm';
import { afterAll, expect, it } from 'vitest';
import { mcpSchema } from '../database.ts';
import { FileIndexStore } from '../file-search/file-index.store.ts';
import { testUser } from '../testing/call.ts';
import { VectorStores1766700000000 } from './1766700000000-vector-stores.ts';

const logger = createLogger('mcp', 'silent');
/** The schema as the previous release has it. */
const previous = {
  ...mcpSchema,
  migrations: Object.values(mcpSchema.migrations).filter(
    (migration) => migration !== VectorStores1766700000000,
  ),
};
const database = await createTestDatabase(previous);
afterAll(() => database.drop());
const { dataSource } = database;
const { userId } = testUser;

async function withAllMigrations(run: (current: DataSource) => Promise<unknown>): Promise<void> {
  const current = await createDataSource(database.config, mcpSchema, logger).initialize();
  await run(current);
  await current.destroy();
}

/** The statements of the previous release that store and search documents. */
async function putAsBefore(documentId: string, text: string) {
  await dataSource.query('delete from mcp.file_chunks where user_id = $1 and document_id = $2', [
    userId,
    documentId,
  ]);
  await dataSource.query(
    `insert into mcp.file_documents (user_id, document_id, metadata, tags, chunk_count, embedding_model)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (user_id, document_id) do update
        set metadata = excluded.metadata, tags = excluded.tags, chunk_count = excluded.chunk_count,
            embedding_model = excluded.embedding_model, updated_at = clock_timestamp()`,
    [userId, documentId, { title: 'T' }, ['tag'], 1, null],
  );
  await dataSource.query(
    `insert into mcp.file_chunks (user_id, document_id, position, text, words, embedding)
     select $1, $2, 0 + place - 1, text, to_tsvector('simple', text), vector::real[]
       from unnest($3::text[], $4::text[]) with ordinality as chunks (text, vector, place)`,
    [userId, documentId, [text], ['{0.6,0.8}']],
  );
}
const searchAsBefore = (query: string) =>
  dataSource.query<object[]>(
    `with documents as (
       select document_id, metadata, tags, chunk_count, embedding_model, updated_at from mcp.file_documents
        where user_id = $1 and tags @> $3)
     select document_id, position, text, metadata, tags from mcp.file_chunks join documents using (document_id)
      where user_id = $1 and words @@ websearch_to_tsquery('simple', $2) order by document_id`,
    [userId, query, ['tag']],
  );
const found = (documentId: string, text: string) => ({
  document_id: documentId,
  position: 0,
  text,
  metadata: { title: 'T' },
  tags: ['tag'],
});

it('moves documents into default stores, and lets the previous release go on', async () => {
  await putAsBefore('nile', 'the long river Nile');
  await withAllMigrations((current) => current.runMigrations());
  expect(await searchAsBefore('river')).toEqual([found('nile', 'the long river Nile')]);

  await putAsBefore('danube', 'the blue river Danube');
  await putAsBefore('nile', 'the longest river Nile');
  expect(await searchAsBefore('river')).toEqual([
    found('danube', 'the blue river Danube'),
    found('nile', 'the longest river Nile'),
  ]);

  const options = { language: 'english', documentsMax: 5, chunksMax: 10, vectorsComparedMax: 10 };
  const store = await FileIndexStore.open(dataSource, options);
  const query = { documentIds: null, tags: ['tag'], passagesMax: 5, embedding: null };
  const passages = await store.search(testUser, { ...query, text: 'longest' });
  expect(passages).toMatchObject([
    { documentId: 'nile', filename: 'nile', attributes: { title: 'T' }, chunkCount: 1 },
  ]);
  const document = { metadata: { title: 'T' }, tags: ['tag'], embedding: null };
  await store.put(testUser, { ...document, documentId: 'nile', chunks: ['the shorter river Nile'] });
  expect(await searchAsBefore('Nile')).toEqual([found('nile', 'the shorter river Nile')]);

  const [stores] = await dataSource.query<[object]>(
    'select name, is_default, completed_count, count(*) over ()::int as count from mcp.vector_stores',
  );
  expect(stores).toEqual({ name: 'file_search', is_default: true, completed_count: 2, count: 1 });
  await dataSource.query('delete from mcp.file_documents where user_id = $1 and document_id = $2', [
    userId,
    'nile',
  ]);
  expect(await searchAsBefore('river')).toEqual([found('danube', 'the blue river Danube')]);
  expect(await store.isEmpty(testUser)).toBe(false);
});

it('is undone with its documents', async () => {
  await withAllMigrations((current) => current.undoLastMigration());
  expect(await searchAsBefore('river')).toEqual([found('danube', 'the blue river Danube')]);
  await putAsBefore('danube', 'the river');
  expect(await searchAsBefore('river')).toEqual([found('danube', 'the river')]);
});
