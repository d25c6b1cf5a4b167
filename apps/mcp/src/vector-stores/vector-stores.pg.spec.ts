import { describe, expect, it } from 'vitest';
import { byConcept } from '../testing/file-search-tools.ts';
import { makeDocx } from '../testing/office.ts';
import { vectorService } from './testing/vector-service.ts';

const { ann, bob, guest, index, upload, query, llm, cleaner, filesCleaner } = await vectorService({
  caller_stores_max: 3,
  store_files_max: 4,
  guest_bytes_max: 1_024,
});

const refused = (status: number, param?: string, message = '') =>
  expect.objectContaining({
    status,
    ...(param !== undefined && { param }),
    message: expect.stringContaining(message) as string,
  }) as Error;
const expireAll = () => query(`update mcp.vector_stores set expires_at = clock_timestamp() - interval '1 s'`);

describe('a vector store', () => {
  it('is created, listed in pages, changed and deleted', async () => {
    const first = await ann.vectorStores.create({ name: 'First', metadata: { of: 'ann' } });
    expect(first).toEqual({
      id: expect.stringMatching(/^vs_[0-9a-z]{34}$/) as string,
      object: 'vector_store',
      created_at: expect.any(Number) as number,
      name: 'First',
      description: null,
      usage_bytes: 0,
      file_counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 },
      status: 'completed',
      expires_at: null,
      last_active_at: first.created_at,
      metadata: { of: 'ann' },
    });
    const second = await ann.vectorStores.create({
      description: 'The second',
      expires_after: { anchor: 'last_active_at', days: 2 },
    });
    expect(second.expires_at).toBe(second.created_at + 2 * 86_400);
    const third = await ann.vectorStores.create({});
    const ids = [third.id, second.id, first.id];
    const listed: string[] = [];
    for await (const { id } of ann.vectorStores.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(ids);
    const idsOf = async (page: object) => (await ann.vectorStores.list(page)).data.map(({ id }) => id);
    expect(await idsOf({ order: 'asc', limit: 2 })).toEqual([first.id, second.id]);
    expect(await idsOf({ before: first.id, limit: 1 })).toEqual([second.id]);
    expect(await idsOf({ before: first.id })).toEqual([third.id, second.id]);
    expect((await bob.vectorStores.list()).data).toEqual([]);

    const changed = await ann.vectorStores.update(second.id, {
      name: 'Second',
      expires_after: null,
      metadata: null,
    });
    expect(changed).toMatchObject({ name: 'Second', expires_at: null, metadata: {} });
    expect(await ann.vectorStores.update(second.id, {})).toMatchObject({ name: 'Second' });
    expect(await ann.vectorStores.delete(second.id)).toEqual({
      id: second.id,
      object: 'vector_store.deleted',
      deleted: true,
    });
    await expect(ann.vectorStores.retrieve(second.id)).rejects.toThrow(refused(404));
    expect(await idsOf({})).toEqual([third.id, first.id]);
  });

  it('is created with files, in the chosen chunks', async () => {
    const file_ids = [await upload('word '.repeat(400)), await upload('Rivers')];
    const store = await ann.vectorStores.create({
      file_ids,
      chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 0 } },
    });
    expect(store).toMatchObject({ status: 'in_progress', file_counts: { in_progress: 2, total: 2 } });
    for (const id of file_ids)
      expect(await ann.vectorStores.files.poll(store.id, id, { pollIntervalMs: 20 })).toMatchObject({
        status: 'completed',
        chunking_strategy: {
          type: 'static',
          static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 0 },
        },
      });
    const content = await ann.vectorStores.files.content(file_ids[0] ?? '', { vector_store_id: store.id });
    expect(content.data.length).toBe(5);
    expect(content.data.map(({ text }) => text).join(' ')).toBe('word '.repeat(400).trim());
    expect(await ann.vectorStores.retrieve(store.id)).toMatchObject({
      status: 'completed',
      usage_bytes: 2_001,
      file_counts: { completed: 2, total: 2 },
    });
  });

  it('expires after days without use, and loses its files', async () => {
    const { id } = await ann.vectorStores.create({ expires_after: { anchor: 'last_active_at', days: 1 } });
    const file = await index(id, 'The Nile is long.');
    await query(
      `update mcp.vector_stores set last_active_at = last_active_at - interval '1 hour', expires_at = expires_at - interval '1 hour'`,
    );
    const before = await ann.vectorStores.retrieve(id);
    expect((await ann.vectorStores.search(id, { query: 'Nile' })).data).toHaveLength(1);
    const after = await ann.vectorStores.retrieve(id);
    expect(after.expires_at).toBeGreaterThanOrEqual((before.expires_at ?? 0) + 3_590);
    await expireAll();
    expect(await ann.vectorStores.retrieve(id)).toMatchObject({ status: 'expired' });
    await expect(ann.vectorStores.search(id, { query: 'Nile' })).rejects.toThrow(
      refused(400, undefined, 'has expired'),
    );
    await expect(ann.vectorStores.files.create(id, { file_id: file.id })).rejects.toThrow(refused(400));
    await expect(ann.vectorStores.update(id, { name: 'x' })).rejects.toThrow(refused(400));
    await cleaner.cleanUp();
    expect(await ann.vectorStores.retrieve(id)).toMatchObject({
      status: 'expired',
      file_counts: { total: 0 },
      usage_bytes: 0,
    });
    expect(await query('select from mcp.vector_store_chunks')).toEqual([]);
    expect((await ann.files.retrieve(file.id)).id).toBe(file.id);
  });

  it('leaves nothing behind when it is deleted', async () => {
    const { id } = await ann.vectorStores.create({});
    await index(id, 'The Nile is long.');
    await ann.vectorStores.delete(id);
    await cleaner.cleanUp();
    for (const table of ['vector_stores', 'vector_store_files', 'vector_store_chunks'])
      expect(await query(`select from mcp.${table}`)).toEqual([]);
  });
});

describe('a file of a vector store', () => {
  it('is indexed, described, and removed', async () => {
    const { id } = await ann.vectorStores.create({});
    const file = await index(id, makeDocx(['The Nile is long.']), {
      name: 'rivers.docx',
      attributes: { kind: 'river', length: 6650, dry: false },
    });
    expect(file).toEqual({
      id: expect.stringMatching(/^file_/) as string,
      object: 'vector_store.file',
      created_at: expect.any(Number) as number,
      usage_bytes: 17,
      vector_store_id: id,
      status: 'completed',
      last_error: null,
      chunking_strategy: {
        type: 'static',
        static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
      },
      attributes: { kind: 'river', length: 6650, dry: false },
    });
    const at = { vector_store_id: id };
    expect((await ann.vectorStores.files.content(file.id, at)).data).toEqual([
      { type: 'text', text: 'The Nile is long.' },
    ]);
    expect(
      await ann.vectorStores.files.update(file.id, { ...at, attributes: { kind: 'lake' } }),
    ).toMatchObject({
      attributes: { kind: 'lake' },
    });
    expect(await ann.vectorStores.files.delete(file.id, at)).toMatchObject({ id: file.id, deleted: true });
    await expect(ann.vectorStores.files.retrieve(file.id, at)).rejects.toThrow(refused(404, 'file_id'));
    expect((await ann.vectorStores.search(id, { query: 'Nile' })).data).toEqual([]);
    expect(await ann.vectorStores.retrieve(id)).toMatchObject({ usage_bytes: 0, file_counts: { total: 0 } });
    expect((await ann.files.retrieve(file.id)).filename).toBe('rivers.docx');
  });

  it('goes with the file itself', async () => {
    const { id } = await ann.vectorStores.create({});
    const deleted = await index(id, 'The Nile is long.');
    const expired = await index(id, 'The Danube is long.');
    await ann.files.delete(deleted.id);
    await query(`update mcp.files set expires_at = clock_timestamp()`);
    await filesCleaner.cleanUp();
    expect((await ann.vectorStores.files.list(id)).data).toEqual([]);
    expect(await ann.vectorStores.retrieve(id)).toMatchObject({ usage_bytes: 0, file_counts: { total: 0 } });
    expect((await ann.vectorStores.search(id, { query: 'long' })).data).toEqual([]);
    expect(expired.status).toBe('completed');
  });

  it.each([
    ['a picture', Buffer.from('89504e470d0a1a0a00000000', 'hex'), 'unsupported_file', 'It can be PDF'],
    ['white space', ' \n', 'invalid_file', 'has no text'],
    ['half of a document', makeDocx(['x']).subarray(0, 300), 'invalid_file', 'broken Office document'],
  ])('that is %s fails with the reason', async (_what, content, code, message) => {
    const { id } = await ann.vectorStores.create({});
    const file = await index(id, content);
    expect(file).toMatchObject({
      status: 'failed',
      usage_bytes: 0,
      last_error: { code, message: expect.stringContaining(message) as string },
    });
    expect((await ann.vectorStores.retrieve(id)).file_counts).toMatchObject({ failed: 1, total: 1 });
    expect((await ann.vectorStores.files.content(file.id, { vector_store_id: id })).data).toEqual([]);
  });

  it('is indexed anew when it is added again', async () => {
    const { id } = await ann.vectorStores.create({});
    const { id: file_id } = await index(id, 'The Nile is long.');
    const again = await ann.vectorStores.files.createAndPoll(
      id,
      { file_id, attributes: { a: 1 } },
      { pollIntervalMs: 20 },
    );
    expect(again).toMatchObject({ status: 'completed', attributes: { a: 1 }, usage_bytes: 17 });
    expect((await ann.vectorStores.search(id, { query: 'Nile' })).data).toHaveLength(1);
  });

  it('is listed by its status, in pages', async () => {
    const { id } = await ann.vectorStores.create({});
    const added: string[] = [];
    for (const content of ['One', ' ', 'Two', ' ']) added.push((await index(id, content)).id);
    const idsOf = async (page: object) =>
      (await ann.vectorStores.files.list(id, page)).data.map((file) => file.id);
    expect(await idsOf({ order: 'asc' })).toEqual(added);
    expect(await idsOf({ filter: 'failed' })).toEqual([added[3], added[1]]);
    const completed: string[] = [];
    for await (const file of ann.vectorStores.files.list(id, { filter: 'completed', limit: 1 }))
      completed.push(file.id);
    expect(completed).toEqual([added[2], added[0]]);
    expect(await idsOf({ before: added[0], limit: 2 })).toEqual([added[2], added[1]]);
    await expect(idsOf({ after: 'file_00000000000000000000' })).rejects.toThrow(refused(400, 'after'));
  });
});

describe('a batch of files', () => {
  it('indexes its files, each with its own attributes', async () => {
    const { id } = await ann.vectorStores.create({});
    const [one = '', two = ''] = [await upload('The Nile is long.'), await upload(' ')];
    const batch = await ann.vectorStores.fileBatches.createAndPoll(
      id,
      { files: [{ file_id: one, attributes: { n: 1 } }, { file_id: two }] },
      { pollIntervalMs: 20 },
    );
    expect(batch).toMatchObject({
      object: 'vector_store.files_batch',
      vector_store_id: id,
      status: 'completed',
      file_counts: { completed: 1, failed: 1, total: 2 },
    });
    const at = { vector_store_id: id };
    const files = await ann.vectorStores.fileBatches.listFiles(batch.id, { ...at, order: 'asc' });
    expect(files.data.map((file) => [file.id, file.attributes])).toEqual([
      [one, { n: 1 }],
      [two, {}],
    ]);
    const failed = await ann.vectorStores.fileBatches.listFiles(batch.id, { ...at, filter: 'failed' });
    expect(failed.data.map((file) => file.id)).toEqual([two]);
    await expect(
      ann.vectorStores.fileBatches.create(id, { file_ids: [one], files: [{ file_id: two }] }),
    ).rejects.toThrow(refused(400, 'files'));
    await expect(ann.vectorStores.fileBatches.create(id, {})).rejects.toThrow(refused(400, 'file_ids'));
  });

  it('is cancelled', async () => {
    const { id } = await ann.vectorStores.create({});
    const started = Promise.withResolvers<void>();
    const held = Promise.withResolvers<number[]>();
    llm.embed = () => {
      started.resolve();
      return [1];
    };
    llm.hold = held.promise;
    const file_ids = [await upload('One'), await upload('Two'), await upload('Three')];
    const batch = await ann.vectorStores.fileBatches.create(id, { file_ids, attributes: { of: 'batch' } });
    await started.promise;
    const at = { vector_store_id: id };
    expect(await ann.vectorStores.fileBatches.cancel(batch.id, at)).toMatchObject({
      status: 'cancelled',
      file_counts: { cancelled: 3, total: 3 },
    });
    held.resolve([]);
    expect(await ann.vectorStores.fileBatches.poll(id, batch.id)).toMatchObject({ status: 'cancelled' });
    const again = await ann.vectorStores.files.createAndPoll(
      id,
      { file_id: file_ids[0] ?? '' },
      { pollIntervalMs: 20 },
    );
    expect(again.status).toBe('completed');
  });
});

describe('a refusal', () => {
  it('of what belongs to another caller is 404', async () => {
    const { id } = await ann.vectorStores.create({});
    const file = await index(id, 'Mine');
    const theirs = await upload('Theirs', 'x', bob);
    const at = { vector_store_id: id };
    const batch = await ann.vectorStores.fileBatches.create(id, { file_ids: [file.id] });
    for (const call of [
      () => bob.vectorStores.retrieve(id),
      () => bob.vectorStores.update(id, { name: 'x' }),
      () => bob.vectorStores.delete(id),
      () => bob.vectorStores.search(id, { query: 'mine' }),
      () => bob.vectorStores.files.list(id),
      () => bob.vectorStores.files.create(id, { file_id: theirs }),
      () => bob.vectorStores.files.retrieve(file.id, at),
      () => bob.vectorStores.files.update(file.id, { ...at, attributes: {} }),
      () => bob.vectorStores.files.delete(file.id, at),
      () => bob.vectorStores.files.content(file.id, at),
      () => bob.vectorStores.fileBatches.create(id, { file_ids: [theirs] }),
      () => bob.vectorStores.fileBatches.retrieve(batch.id, at),
      () => bob.vectorStores.fileBatches.cancel(batch.id, at),
      () => bob.vectorStores.fileBatches.listFiles(batch.id, at),
      () => ann.vectorStores.files.create(id, { file_id: theirs }),
      () => ann.vectorStores.create({ file_ids: [theirs] }),
      () => ann.vectorStores.fileBatches.create(id, { file_ids: [file.id, theirs] }),
      () => ann.vectorStores.retrieve('vs_nothing'),
    ])
      await expect(call()).rejects.toThrow(refused(404));
    expect((await ann.vectorStores.list()).data).toHaveLength(1);
  });

  it('of more than is allowed says what to do', async () => {
    const { id } = await ann.vectorStores.create({});
    for (let n = 0; n < 2; n++) await ann.vectorStores.create({});
    await expect(ann.vectorStores.create({})).rejects.toThrow(
      refused(403, undefined, '3 vector stores: delete one'),
    );
    const file_ids: string[] = [];
    for (let n = 0; n < 5; n++) file_ids.push(await upload(`File ${n}`));
    await expect(ann.vectorStores.fileBatches.create(id, { file_ids })).rejects.toThrow(
      refused(403, undefined, '4 files'),
    );
    expect((await ann.vectorStores.files.list(id)).data).toEqual([]);

    const theirs = await guest.vectorStores.create({});
    const text = 'word '.repeat(150);
    expect(await index(theirs.id, text, {}, guest)).toMatchObject({ status: 'completed' });
    expect(await index(theirs.id, text, {}, guest)).toMatchObject({
      status: 'failed',
      last_error: { code: 'invalid_file', message: expect.stringContaining('1024 bytes in all') as string },
    });
  });

  it.each<[string, object]>([
    ['name', { name: 'x'.repeat(257) }],
    ['metadata', { metadata: { a: 1 } }],
    ['expires_after', { expires_after: { anchor: 'created_at', days: 1 } }],
    ['expires_after', { expires_after: { anchor: 'last_active_at', days: 366 } }],
    ['chunking_strategy', { chunking_strategy: { type: 'none' } }],
    [
      'chunking_strategy',
      {
        chunking_strategy: {
          type: 'static',
          static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 51 },
        },
      },
    ],
    ['file_ids', { file_ids: 'file_1' }],
  ])('of a store names %s', async (param, body) => {
    await expect(ann.vectorStores.create(body)).rejects.toThrow(refused(400, undefined, param));
  });

  it.each<[string, object]>([
    ['query', { query: '' }],
    ['query', { query: [] }],
    ['max_num_results', { query: 'x', max_num_results: 51 }],
    ['filters', { query: 'x', filters: { type: 'like', key: 'a', value: 'b' } }],
    ['filters', { query: 'x', filters: { type: 'in', key: 'a', value: 'b' } }],
    ['filters', { query: 'x', filters: { type: 'and', filters: [] } }],
    ['ranking_options', { query: 'x', ranking_options: { score_threshold: 2 } }],
    [
      'ranking_options',
      { query: 'x', ranking_options: { hybrid_search: { embedding_weight: 0, text_weight: 0 } } },
    ],
  ])('of a search names %s', async (param, body) => {
    const { id } = await ann.vectorStores.create({});
    await expect(ann.vectorStores.search(id, body as { query: string })).rejects.toThrow(
      refused(400, undefined, param),
    );
  });
});

it('embeds the passages of a file, and counts their vectors', async () => {
  llm.embed = byConcept;
  const { id } = await ann.vectorStores.create({});
  expect(await index(id, 'My car is red.')).toMatchObject({ status: 'completed', usage_bytes: 14 + 3 * 4 });
  expect((await ann.vectorStores.search(id, { query: 'automobile' })).data).toHaveLength(1);
});
