import { describe, expect, it } from 'vitest';
import { byConcept, fileSearchTools, ids } from '../testing/file-search-tools.ts';

const { open } = await fileSearchTools();

describe('file search with embeddings', () => {
  async function openWithPets() {
    const opened = await open({}, byConcept);
    await opened.index('cars', 'My car is red and has four wheels.');
    await opened.index('cats', 'Our cat sleeps all day on the sofa.');
    await opened.index('soups', 'A good soup needs time.');
    return opened;
  }

  it('finds the same meaning in other words', async () => {
    const { index, query } = await openWithPets();
    const found = await query('automobile');
    expect(found.results[0]).toMatchObject({ document_id: 'cars', found_by: ['meaning'] });
    expect(found.note).toBeUndefined();
    expect(await index('stew', 'Stew again.')).toMatchObject({ found_by: ['words', 'meaning'] });
  });

  it('puts passages first that both rankings found', async () => {
    const { index, query } = await openWithPets();
    await index('toy', 'The word car, and of felines and kittens and cats much more.');
    const found = await query('car');
    expect(found.results[0]).toMatchObject({ document_id: 'cars', found_by: ['words', 'meaning'] });
    expect(ids(found)).toHaveLength(4);
  });

  it('embeds a long document in batches', async () => {
    const { index, query, asked } = await open({ chunk_characters: 100, overlap_characters: 0 }, byConcept);
    const lines = Array.from(
      { length: 150 },
      (_, number) => `Line ${number} says ${number === 140 ? 'stew' : 'little'} ${'.'.repeat(70)}`,
    );
    expect(await index('long', lines.join('\n\n'))).toMatchObject({ chunks: 150 });
    expect(asked.map((texts) => texts.length).toSorted()).toEqual([22, 64, 64]);
    expect((await query('broth', { top_k: 1 })).results[0]?.text).toContain('Line 140');
  });

  it('uses words where embeddings fail, and says so', async () => {
    const { index, query, llm } = await openWithPets();
    llm.embed = () => {
      throw new Error('down');
    };
    expect(await index('late', 'A car that came late.')).toMatchObject({
      found_by: ['words'],
      note: expect.stringContaining('Embeddings failed') as string,
    });
    const found = await query('car');
    expect(ids(found).toSorted()).toEqual(['cars', 'late']);
    expect(found.note).toContain('Embeddings failed');
    llm.embed = () => [0, 0, 0];
    expect((await query('car')).note).toContain('Embeddings failed');
    llm.embed = byConcept;
    expect(ids(await query('automobile'))).not.toContain('late');
    await index('late', 'A car that came late.');
    expect(ids(await query('automobile'))).toContain('late');
  });

  it('compares vectors of one model only', async () => {
    const { index, query, llm } = await openWithPets();
    llm.model = 'other';
    expect((await query('automobile')).results).toEqual([]);
    await index('cars', 'My car is red.');
    expect(ids(await query('automobile'))).toEqual(['cars']);
    llm.embed = () => [1, 0];
    expect((await query('automobile')).results).toEqual([]);
  });

  it('compares a bounded number of vectors: first those of passages with the words', async () => {
    const { index, query } = await open({ vectors_max: 1 }, byConcept);
    await index('old', 'The car in the garage.');
    await index('new', 'A vehicle.');
    expect((await query('garage')).results).toMatchObject([
      { document_id: 'old', found_by: ['words', 'meaning'] },
    ]);
    expect(ids(await query('automobile'))).toEqual(['new']);
  });

  it('stops when its caller aborts', async () => {
    const { tools, caller } = await openWithPets();
    const tool = tools.find(({ offer }) => offer.name === 'file_search_index');
    const run = tool?.run(
      { document_id: 'x', text: 'x' },
      { caller, idempotencyKey: 'k' },
      AbortSignal.abort(),
    );
    await expect(run).rejects.toThrow();
  });
});
