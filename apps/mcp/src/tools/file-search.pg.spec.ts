import { createDataSource, createLogger } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { mcpSchema } from '../database.ts';
import { FileIndexStore } from '../file-search/file-index.store.ts';
import { requiredEnvironment } from '../testing/environment.ts';
import { fileSearchTools, ids, muchMetadata, notes } from '../testing/file-search-tools.ts';

const { open, database } = await fileSearchTools();

describe('file search', () => {
  it('finds what was indexed, best first, with the words marked', async () => {
    const { index, query } = await open();
    expect(
      await index('refunds', notes.refunds, { metadata: { title: 'Refunds', page: 3 }, tags: ['policy'] }),
    ).toEqual({
      document_id: 'refunds',
      chunks: 1,
      replaced: false,
      found_by: ['words'],
    });
    await index('shipping', notes.shipping);
    await index('opening', notes.opening);
    const found = await query('refunding the price');
    expect(found.results).toEqual([
      {
        document_id: 'refunds',
        chunk: 0,
        chunks: 1,
        score: expect.any(Number) as number,
        found_by: ['words'],
        preview: expect.stringContaining('We ⟪refund⟫ the full ⟪price⟫ within') as string,
        text: notes.refunds,
        metadata: { title: 'Refunds', page: 3 },
        tags: ['policy'],
      },
    ]);
    expect(ids(await query('how long does shipping to Vienna take'))).toEqual(['shipping', 'opening']);
    expect(ids(await query('"three days"'))).toEqual(['shipping']);
    expect(ids(await query('days -parcels'))).toEqual(['refunds']);
    expect(await query('giraffe')).toEqual({ results: [] });
  });

  it('finds words of other languages, and words that English leaves out, as they are written', async () => {
    const { index, query } = await open();
    await index('de', 'Die Rückerstattung erfolgt binnen dreißig Tagen.');
    await index('ru', 'Возврат денег в течение тридцати дней.');
    await index('band', 'The Who');
    expect(ids(await query('Rückerstattung'))).toEqual(['de']);
    expect(ids(await query('возврат'))).toEqual(['ru']);
    expect(ids(await query('the who'))).toEqual(['band']);
    const german = await open({}, null, { FILE_SEARCH_LANGUAGE: 'german' });
    await german.index('de', 'Wir verkaufen gebrauchte Fahrräder.');
    expect(ids(await german.query('Fahrrad'))).toEqual(['de']);
  });

  it('accepts queries of any characters', async () => {
    const { index, query } = await open();
    await index('odd', `It's a 'quoted' \\ (thing) & more: <b>bold</b> \u0000 ⟪marked⟫ \ud800`);
    for (const text of [
      `'`,
      '\\',
      ':*',
      '!!',
      '& |',
      '<->',
      '"',
      '-',
      'a & !b',
      '%',
      '\u0000x',
      '\ud800',
      '⟪',
    ])
      await expect(query(text)).resolves.toBeDefined();
    const [found] = (await query('marked')).results;
    expect(found?.preview.match(/⟪.*?⟫/g)).toEqual(['⟪marked⟫']);
    await index('typeset', 'He said “hello”—twice…');
    for (const text of ['hello', 'twice', '“hello”'])
      expect((await query(text)).results[0]?.preview).toMatch(/⟪\w+⟫/);
  });

  it('searches the given documents and tags only', async () => {
    const { index, query } = await open();
    await index('a', 'The river Nile is long.', { tags: ['rivers', 'africa'] });
    await index('b', 'The river Danube is long.', { tags: ['rivers', 'europe', 'europe'] });
    await index('c', 'The river song is long.');
    expect(ids(await query('river')).toSorted()).toEqual(['a', 'b', 'c']);
    expect(ids(await query('river', { document_ids: ['a', 'c', 'other'] })).toSorted()).toEqual(['a', 'c']);
    expect(ids(await query('river', { tags: ['rivers'] })).toSorted()).toEqual(['a', 'b']);
    expect((await query('river', { tags: ['rivers', 'europe'] })).results).toMatchObject([
      { document_id: 'b', tags: ['rivers', 'europe'] },
    ]);
    expect((await query('river', { top_k: 2 })).results).toHaveLength(2);
  });

  it('finds the passage of a long document', async () => {
    const { index, query } = await open({
      chunk_characters: 200,
      overlap_characters: 50,
    });
    const filler = (from: number) =>
      Array.from({ length: 30 }, (_, place) => `Line ${from + place} is about nothing in particular.`).join(
        '\n',
      );
    const text = `${filler(0)}\n\nThe treasure lies under the old oak.\n\n${filler(30)}`;
    await index('map', text);
    const [found] = (await query('treasure oak')).results;
    expect(found?.text).toContain('The treasure lies under the old oak.');
    expect(found?.text.length).toBeLessThanOrEqual(200);
    expect(found?.chunk).toBeGreaterThan(0);
  });

  it("keeps each caller's documents separate", async () => {
    const ours = await open();
    const theirs = (await open()).caller;
    await ours.index('plan', 'Our secret plan.');
    await ours.index('plan', 'Their public plan.', {}, theirs);
    expect((await ours.query('plan')).results.map(({ text }) => text)).toEqual(['Our secret plan.']);
    expect((await ours.query('secret', { document_ids: ['plan'] }, theirs)).results).toEqual([]);
    expect(await ours.forget('plan', theirs)).toEqual({ document_id: 'plan', deleted: true });
    expect(await ours.forget('plan', theirs)).toEqual({ document_id: 'plan', deleted: false });
    expect((await ours.query('plan', {}, theirs)).note).toContain('nothing was indexed');
    expect(ids(await ours.query('plan'))).toEqual(['plan']);
  });

  it('replaces a document whole, also while others read and write it', async () => {
    const { index, query } = await open({
      chunk_characters: 100,
      overlap_characters: 0,
    });
    const version = (name: string) =>
      Array.from({ length: 15 }, () => `Common words of version ${name} ${'x'.repeat(50)}.`).join('\n\n');
    await index('doc', version('zero'));
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    const [replacements, readings] = await Promise.all([
      Promise.all(names.map((name) => index('doc', version(name)))),
      Promise.all(Array.from({ length: 20 }, () => query('common words', { top_k: 20 }))),
    ]);
    expect(replacements).toEqual(names.map(() => expect.objectContaining({ replaced: true }) as object));
    for (const { results } of [...readings, await query('common words', { top_k: 20 })]) {
      expect(results).toHaveLength(15);
      expect(new Set(results.map(({ text }) => text)).size).toBe(1);
    }
  });

  it('stays within its limits for simultaneous calls', async () => {
    const { index, query, forget } = await open({
      documents_max: 3,
      chunks_max: 20,
      document_chunks_max: 15,
      document_bytes_max: 4096,
      chunk_characters: 100,
      overlap_characters: 0,
    });
    await expect(index('big', 'x'.repeat(5000))).rejects.toMatchObject({ code: 'payload_too_large' });
    await expect(index('big', 'x '.repeat(2000))).rejects.toMatchObject({ code: 'payload_too_large' });
    await expect(index('empty', ' \n ')).rejects.toMatchObject({ code: 'invalid_request' });
    const attempts = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((id) => index(id, `Note ${id}`)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const kept = ids(await query('note'));
    expect(kept).toHaveLength(3);
    const [first = ''] = kept;
    await index(first, 'Another note, in place of the first.');
    await expect(index('f', 'Note f')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('3 documents') as string,
    });
    await forget(first);
    await index('f', 'word '.repeat(250));
    await expect(index(kept[1] ?? '', 'word '.repeat(250))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('reports that it waited too long for another document', async () => {
    const { index, caller } = await open();
    const impatient = await createDataSource(
      { ...database.config, statementTimeoutMs: 100 },
      mcpSchema,
      createLogger('mcp', 'silent'),
    ).initialize();
    const store = await FileIndexStore.open(impatient, loadConfig(requiredEnvironment).fileSearch);
    const holder = database.dataSource.createQueryRunner();
    await holder.query(`select pg_advisory_lock(hashtextextended($1, 0))`, [
      `mcp.file_documents ${caller.userId}`,
    ]);
    const document = { documentId: 'a', metadata: {}, tags: [], chunks: ['x'], embedding: null };
    await expect(store.put(caller, document)).rejects.toMatchObject({ code: 'unavailable' });
    await holder.query('select pg_advisory_unlock_all()');
    await holder.release();
    await impatient.destroy();
    expect(await index('a', 'x')).toMatchObject({ replaced: false });
  });

  it('returns valid JSON where the passages exceed the output', async () => {
    const { index, query } = await open({}, null, {}, { output_bytes_max: 4096 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await index(id, `Needle ${id} ${'"quoted" '.repeat(100)}`);
    const { results, note } = await query('needle');
    expect(results.length).toBeGreaterThan(0);
    expect(results.length).toBeLessThan(5);
    expect(note).toContain('ask for fewer');
  });

  it.each([
    ['an empty id', 'index', { document_id: '', text: 'x' }],
    ['a control character', 'index', { document_id: 'a\u0000', text: 'x' }],
    ['a tag that is no text', 'index', { document_id: 'a', text: 'x', tags: [5] }],
    ['metadata of metadata', 'index', { document_id: 'a', text: 'x', metadata: { deep: {} } }],
    ['metadata that no store takes', 'index', { document_id: 'a', text: 'x', metadata: { title: '\u0000' } }],
    ['much metadata', 'index', { document_id: 'a', text: 'x', metadata: muchMetadata }],
    ['an empty query', 'query', { query: ' ' }],
    ['too many passages', 'query', { query: 'x', top_k: 21 }],
    ['no documents', 'query', { query: 'x', document_ids: [] }],
  ])('refuses %s', async (_what, name, args) => {
    const { tools, caller } = await open();
    const tool = tools.find(({ offer }) => offer.name === `file_search_${name}`);
    const run = tool?.run(args, { caller, idempotencyKey: 'k' }, new AbortController().signal);
    await expect(run).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('names an unknown language', async () => {
    await expect(open({}, null, { FILE_SEARCH_LANGUAGE: 'klingon' })).rejects.toThrow('FILE_SEARCH_LANGUAGE');
  });
});
