import { describe, expect, it } from 'vitest';
import { byConcept } from '../../testing/file-search-tools.ts';
import { vectorService } from '../testing/vector-service.ts';

const { ann, index, llm } = await vectorService();

const rivers = [
  ['nile', 'The river Nile is long.', { continent: 'africa', km: 6650, dry: false }],
  ['danube', 'The river Danube is blue.', { continent: 'europe', km: 2850 }],
  ['creek', 'The river without data.', {}],
] as const;

async function storeOfRivers() {
  const { id } = await ann.vectorStores.create({});
  for (const [name, text, attributes] of rivers) await index(id, text, { name, attributes });
  return id;
}

type Search = Parameters<typeof ann.vectorStores.search>[1];
const namesOf = async (id: string, search: Omit<Search, 'query'> & { query?: Search['query'] }) =>
  (await ann.vectorStores.search(id, { query: 'river', ...search })).data
    .map(({ filename }) => filename)
    .sort();

describe('a search', () => {
  it('returns passages with their files, best first', async () => {
    const id = await storeOfRivers();
    // The client's page leaves these fields out.
    const found = await ann.post<{ data: object[] }>(`/vector_stores/${id}/search`, {
      body: { query: 'long rivers', rewrite_query: true },
    });
    expect(found).toEqual({
      object: 'vector_store.search_results.page',
      search_query: ['long rivers'],
      has_more: false,
      next_page: null,
      data: expect.any(Array) as object[],
    });
    expect(found.data[0]).toEqual({
      file_id: expect.stringMatching(/^file_/) as string,
      filename: 'nile',
      score: 1,
      attributes: rivers[0][2],
      content: [{ type: 'text', text: rivers[0][1] }],
    });
    expect(found.data).toHaveLength(3);
    expect(await namesOf(id, { max_num_results: 1 })).toHaveLength(1);
    expect(await namesOf(id, { query: 'giraffe' })).toEqual([]);
  });

  const filters: [what: string, filter: NonNullable<Search['filters']>, names: string[]][] = [
    ['eq', { type: 'eq', key: 'continent', value: 'africa' }, ['nile']],
    ['eq of a number', { type: 'eq', key: 'km', value: 2850 }, ['danube']],
    ['eq of a boolean', { type: 'eq', key: 'dry', value: false }, ['nile']],
    ['eq of another type', { type: 'eq', key: 'km', value: '2850' }, []],
    ['ne', { type: 'ne', key: 'continent', value: 'africa' }, ['creek', 'danube']],
    ['gt', { type: 'gt', key: 'km', value: 2850 }, ['nile']],
    ['gte', { type: 'gte', key: 'km', value: 2850 }, ['danube', 'nile']],
    ['lt', { type: 'lt', key: 'km', value: 6650 }, ['danube']],
    ['lte of texts', { type: 'lte', key: 'continent', value: 'azure' }, ['nile']],
    ['gt of another type', { type: 'gt', key: 'km', value: 'a' }, []],
    ['in', { type: 'in', key: 'continent', value: ['asia', 'europe'] }, ['danube']],
    ['in of numbers', { type: 'in', key: 'km', value: [6650, 2850] }, ['danube', 'nile']],
    ['nin', { type: 'nin', key: 'continent', value: ['europe'] }, ['creek', 'nile']],
    [
      'or of and',
      {
        type: 'or',
        filters: [
          { type: 'eq', key: 'continent', value: 'europe' },
          {
            type: 'and',
            filters: [
              { type: 'gt', key: 'km', value: 1 },
              { type: 'eq', key: 'dry', value: false },
            ],
          },
        ],
      },
      ['danube', 'nile'],
    ],
    ['a key of any characters', { type: 'eq', key: `a'"$1; --`, value: `'` }, []],
  ];
  it('filters by attributes', async () => {
    const id = await storeOfRivers();
    for (const [what, filter, names] of filters)
      expect(await namesOf(id, { filters: filter }), what).toEqual(names);
  });

  it('joins the results of several queries', async () => {
    const id = await storeOfRivers();
    expect(await namesOf(id, { query: ['Nile', 'blue', 'blue'] })).toEqual(['danube', 'nile']);
  });

  it('scores by both rankings, in the given weights, and leaves out what is below a threshold', async () => {
    llm.embed = byConcept;
    const { id } = await ann.vectorStores.create({});
    await index(id, 'My car is red and has four wheels.', { name: 'car' });
    await index(id, 'An automobile.', { name: 'automobile' });
    await index(id, 'Our cat sleeps.', { name: 'cat' });
    const scores = async (ranking_options: object) => {
      const { data } = await ann.vectorStores.search(id, { query: 'car', ranking_options });
      return Object.fromEntries(data.map(({ filename, score }) => [filename, Number(score.toFixed(2))]));
    };
    expect(await scores({ ranker: 'auto' })).toEqual({ car: 1, automobile: 0.49, cat: 0.48 });
    expect(await scores({ score_threshold: 0.5 })).toEqual({ car: 1 });
    const hybrid_search = { embedding_weight: 0, text_weight: 2 };
    expect(await scores({ hybrid_search })).toEqual({ car: 1 });
    llm.embed = () => {
      throw new Error('down');
    };
    expect(await scores({})).toEqual({ car: 1 });
  });
});
