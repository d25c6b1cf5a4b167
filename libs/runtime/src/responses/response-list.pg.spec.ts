import { lastAnswered, type ResponseFilter } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import {
  createTestDatabase,
  nodesOf,
  rowsRead,
  scansOf,
  type TestDatabase,
} from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { responsesSchema } from '../database/database-schema.ts';
import { queryOn } from '../database/raw-sql.ts';
import { explaining } from '../testing/explaining.ts';
import { newResponse } from '../testing/new-response.ts';
import { testStores } from '../testing/test-stores.ts';
import { comparedLimits, listResponses } from './response-list.ts';

const stored = 20_000;
const part = 4_000;
const newestMs = Date.now();
let database: TestDatabase;

/**
 * One caller's 20,000 responses: two models, of which the rare one is the oldest; ten conversations; metadata with keys of many values; every
 * second one calls a tool, and some of the oldest another one. Of three responses one was made with an API key, and one was answered by no provider;
 * every 2,000th was made with a rare key and answered by a rare provider after another one.
 */
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
  const template = newResponse({
    status: 'completed',
    model: 'common',
    modelUsed: 'provider/common',
    createdAt: newestMs,
  });
  await testStores(database.dataSource).responses.insert(template);
  // In parts, each well within the time of a statement.
  for (let from = 1; from <= stored; from += part)
    await database.dataSource.query(
      `insert into responses.responses
       (id, user_id, tenant_id, status, background, conversation_id, body, created_at)
     select 'resp_' || lpad(n::text, 34, '0'), user_id, tenant_id,
            case when n % 1000 = 0 then 'failed' else 'completed' end, false, 'conv_' || n % 10,
            body || jsonb_build_object(
              'dialect', case when n % 2000 = 0 then 'agent' else 'openai' end,
              'model', case when n <= 5 then 'rare' else 'common' end,
              'modelUsed', case when n in (6, 7) then 'rare' when n <= 5 then null else 'provider/common' end,
              'output', case when n % 2 = 0 then '[{"type":"function_call","name":"look"}]'::jsonb
                             when n < 10 then '[{"type":"function_call","name":"post"}]' else '[]' end,
              'rights', case when n % 2000 = 0 then '{"keyId":"key_rare"}'::jsonb
                             when n % 3 = 0 then '{"keyId":"key_common"}' else '{}' end,
              'turns', case when n % 2000 = 0 then '[{"outcome":"ok","provider":"common"},{"outcome":"ok","provider":"rare"},{"outcome":"cancelled","provider":"common"}]'::jsonb
                            when n % 3 = 0 then '[{"outcome":"model_error","provider":"common"},{"outcome":"ok","provider":null}]'
                            else '[{"outcome":"ok","provider":"common"}]' end,
              'metadata', jsonb_build_object('all', 'yes', 'group', 'g' || n / 10, 'note', 'Order ' || 100000 + n)),
            created_at - ($2::int - n) * interval '1 s'
       from responses.responses, generate_series($3::int, $4::int) n where id = $1`,
      [template.id, stored, from, from + part - 1],
    );
  await database.dataSource.query('delete from responses.responses where id = $1', [template.id]);
  await database.dataSource.query('vacuum analyze responses.responses');
});
afterAll(() => database.drop());

const all: ResponseFilter = {
  statuses: null,
  model: null,
  conversationId: null,
  metadata: {},
  after: null,
  limit: 20,
  order: 'desc',
};
const timeOf = (n: number) => newestMs - (stored - n) * 1_000;
const idOf = (n: number) => `resp_${String(n).padStart(34, '0')}`;

async function list(filter: Partial<ResponseFilter>, limits = {}) {
  const { query, plans } = explaining(database.dataSource);
  const page = await listResponses(
    query,
    testCaller,
    { ...all, ...filter },
    {
      ...comparedLimits,
      bytesMax: 10_000_000,
      ...limits,
    },
  );
  const places = page?.responses.map(({ id }) => Number(id.slice(5)));
  return { places, hasMore: page?.hasMore, plans };
}

describe('a list is read in its order from an index', () => {
  it.each<[string, Partial<ResponseFilter>, string, number]>([
    ['without a filter', {}, 'responses_by_user', 20],
    ['from the oldest on', { order: 'asc' }, 'responses_by_user', 20],
    ['after a response', { after: idOf(10_000) }, 'responses_by_user', 20],
    ['by a status', { statuses: ['failed'] }, 'responses_in_status', 20],
    ['by statuses', { statuses: ['failed', 'queued', 'cancelled'] }, 'responses_in_status', 20],
    ['by a status after a response', { statuses: ['failed'], after: idOf(10_000) }, 'responses_in_status', 9],
    ['by a model', { model: 'common' }, 'responses_by_model', 20],
    ["by the provider's name of a model", { model: 'provider/common' }, 'responses_by_model_used', 20],
    ['by a rare model', { model: 'rare' }, 'responses_by_model', 7],
    ['by a model that no response has', { model: 'none' }, 'responses_by_model', 0],
    ['by a conversation', { conversationId: 'conv_3' }, 'responses_in_conversation', 20],
    [
      'between two times',
      { createdFromMs: timeOf(99), createdBeforeMs: timeOf(106) },
      'responses_by_user',
      7,
    ],
    [
      'since a time, from the oldest on',
      { createdFromMs: timeOf(99), order: 'asc' },
      'responses_by_user',
      20,
    ],
    [
      'by a status before a time',
      { statuses: ['failed'], createdBeforeMs: timeOf(10_000) },
      'responses_in_status',
      9,
    ],
    [
      'by a model between two times',
      { model: 'common', createdFromMs: timeOf(99), createdBeforeMs: timeOf(106) },
      'responses_by_model',
      7,
    ],
    [
      'by a model between two times after a response',
      { model: 'common', createdFromMs: timeOf(99), createdBeforeMs: timeOf(106), after: idOf(104) },
      'responses_by_model',
      5,
    ],
    [
      'by a model since a time, from the oldest on',
      { model: 'common', createdFromMs: timeOf(19_996), order: 'asc' },
      'responses_by_model',
      5,
    ],
    ['by a rare dialect', { dialect: 'agent' }, 'responses_by_dialect', 10],
    [
      'by a common dialect after a response',
      { dialect: 'openai', after: idOf(10_000) },
      'responses_by_dialect',
      20,
    ],
    ['by a dialect that no response has', { dialect: 'jan' }, 'responses_by_dialect', 0],
    ['by an API key', { keyId: 'key_common' }, 'responses_by_key', 20],
    ['by a rare API key', { keyId: 'key_rare' }, 'responses_by_key', 10],
    [
      'by an API key between two times',
      { keyId: 'key_common', createdFromMs: timeOf(99), createdBeforeMs: timeOf(106) },
      'responses_by_key',
      3,
    ],
    ['without an API key, after a response', { keyId: null, after: idOf(10_000) }, 'responses_by_key', 20],
    ['by an API key that made no response', { keyId: 'key_none' }, 'responses_by_key', 0],
    ['by a provider', { provider: 'common' }, 'responses_by_provider', 20],
    ['by a rare provider', { provider: 'rare' }, 'responses_by_provider', 10],
    ['by no provider, from the oldest on', { provider: null, order: 'asc' }, 'responses_by_provider', 20],
    ['by a provider that answered no response', { provider: 'none' }, 'responses_by_provider', 0],
    ['before a response', { before: idOf(10_000) }, 'responses_by_user', 20],
    ['by a conversation without responses', { conversationId: 'none' }, 'responses_in_conversation', 0],
  ])('%s', async (_name, filter, index, count) => {
    const { places, plans } = await list(filter);
    expect(places).toHaveLength(count);
    const ascending = places?.toSorted((a, b) => a - b);
    expect(places).toEqual(filter.order === 'asc' ? ascending : ascending?.toReversed());
    const page = plans.at(-1);
    if (!page) throw new Error('a page is read by a statement');
    expect(scansOf(page)).toContain(index);
    expect(scansOf(page).filter((name) => name.startsWith('all '))).toEqual([]);
    const sorted = nodesOf(page).filter((node) => node['Node Type'].endsWith('Sort'));
    expect(sorted.filter((node) => (node.Plans?.[0]?.['Actual Rows'] ?? 0) > 3 * 21)).toEqual([]);
    expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(100);
  });
});

describe('a list by metadata', () => {
  it.each<[string, Record<string, string>, number]>([
    ['that every response has', { all: 'yes' }, 20],
    ['that few have', { group: 'g7' }, 10],
    ['that none has', { group: 'none' }, 0],
    ['of two entries', { all: 'yes', group: 'g7' }, 10],
  ])('%s', async (_name, metadata, count) => {
    const { places, plans } = await list({ metadata });
    expect(places).toHaveLength(count);
    expect(places).toEqual(places?.toSorted((a, b) => b - a));
    expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
    expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(2_000);
  });

  it('uses the index where the newest responses do not fill the page', async () => {
    const { plans } = await list({ metadata: { group: 'g7' } });
    expect(plans.flatMap(scansOf)).toContain('responses_by_user_metadata');
  });

  it('counts no responses of other callers', async () => {
    const other = { ...testCaller, userId: 'user_other' };
    const limits = { ...comparedLimits, bytesMax: 10_000_000 };
    const filter = { ...all, metadata: { all: 'yes' } };
    expect(await listResponses(queryOn(database.dataSource), other, filter, limits)).toEqual({
      responses: [],
      hasMore: false,
    });
  });

  it('continues after a response', async () => {
    const first = await list({ metadata: { group: 'g7' }, limit: 6 });
    expect(first).toMatchObject({ places: [79, 78, 77, 76, 75, 74], hasMore: true });
    expect(await list({ metadata: { group: 'g7' }, limit: 6, after: idOf(74) })).toMatchObject({
      places: [73, 72, 71, 70],
      hasMore: false,
    });
  });
});

describe('a list by content', () => {
  it.each<[string, Partial<ResponseFilter>, string | null, number]>([
    ['of a tool that many responses call', { tool: 'look' }, null, 20],
    ['of a tool that few responses call', { tool: 'post' }, 'responses_by_user_tools', 5],
    ['of a tool that none calls', { tool: 'none' }, 'responses_by_user_tools', 0],
    ['of words that every response has', { metadataText: 'YES order' }, null, 20],
    ['of a word that one response has', { metadataText: 'order 100077' }, 'responses_by_user_text', 1],
    ['of the beginning of a word', { metadataText: '10007' }, 'responses_by_user_text', 10],
    ['of the name of an entry', { metadataText: 'group g77' }, 'responses_by_user_text', 20],
    ['of words that none has', { metadataText: 'order missing' }, 'responses_by_user_text', 0],
    ['of no word', { metadataText: "':!&" }, null, 0],
    ['of words and a tool', { metadataText: '10000', tool: 'post' }, 'responses_by_user_t', 5],
  ])('%s', async (_name, filter, index, count) => {
    const { places, plans } = await list(filter);
    expect(places).toHaveLength(count);
    expect(places).toEqual(places?.toSorted((a, b) => b - a));
    const scans = plans.flatMap(scansOf);
    expect(scans.filter((name) => name.startsWith('all '))).toEqual([]);
    if (index !== null) expect(scans.join()).toContain(index);
    expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(2_000);
  });

  it('has no response of another caller whose metadata names this one', async () => {
    const other = { ...testCaller, userId: `user_o'th\\er` };
    const limits = { ...comparedLimits, bytesMax: 10_000_000 };
    const filter = { ...all, metadataText: 'order', tool: 'look' };
    expect(await listResponses(queryOn(database.dataSource), other, filter, limits)).toEqual({
      responses: [],
      hasMore: false,
    });
  });
});

describe('a page before a response', () => {
  it('has the responses next to it in the order of the list', async () => {
    expect(await list({ before: idOf(100), limit: 3 })).toMatchObject({
      places: [103, 102, 101],
      hasMore: true,
    });
    expect(await list({ before: idOf(100), limit: 3, order: 'asc' })).toMatchObject({ places: [97, 98, 99] });
    expect(await list({ before: idOf(stored - 2), limit: 3 })).toMatchObject({
      places: [stored, stored - 1],
      hasMore: false,
    });
    expect((await list({ before: 'resp_none' })).places).toBeUndefined();
  });
});

it('has the provider and the API key that a response has', async () => {
  const { query } = explaining(database.dataSource);
  const limits = { ...comparedLimits, bytesMax: 10_000_000 };
  for (const [provider, keyId] of [
    ['common', null],
    ['rare', 'key_rare'],
    [null, 'key_common'],
  ]) {
    const page = await listResponses(query, testCaller, { ...all, provider, keyId }, limits);
    expect(page?.responses.length).toBeGreaterThan(0);
    for (const { turns, rights } of page?.responses ?? [])
      expect([lastAnswered(turns)?.provider ?? null, rights?.keyId ?? null]).toEqual([provider, keyId]);
  }
});

describe('filters together', () => {
  it('are all applied', async () => {
    expect(await list({ model: 'common', statuses: ['failed'], conversationId: 'conv_0' })).toMatchObject({
      places: Array.from({ length: 20 }, (_, i) => (20 - i) * 1_000),
      hasMore: false,
    });
    expect(await list({ model: 'rare', metadata: { group: 'g0' } })).toMatchObject({
      places: [7, 6, 5, 4, 3, 2, 1],
    });
    expect(await list({ statuses: ['failed'], metadata: { group: 'g100' } })).toMatchObject({
      places: [1_000],
    });
  });

  it('compare the dialect with each response', async () => {
    expect(await list({ dialect: 'agent', limit: 3 })).toMatchObject({
      places: [20_000, 18_000, 16_000],
      hasMore: true,
    });
    expect(
      await list({ dialect: 'agent', statuses: ['failed'], createdBeforeMs: timeOf(5_000) }),
    ).toMatchObject({
      places: [4_000, 2_000],
      hasMore: false,
    });
    expect(await list({ metadata: { group: 'g7' }, createdFromMs: timeOf(77) })).toMatchObject({
      places: [79, 78, 77],
    });
  });

  const narrow = { comparedMax: 1_000, comparedFirstMax: 100 };

  it('end a page with more to come where further responses were not compared', async () => {
    expect(await list({ model: 'common', statuses: ['failed'] }, narrow)).toMatchObject({
      places: [20_000],
      hasMore: true,
    });
  });

  it('that match none of the compared responses are refused', async () => {
    await expect(list({ model: 'common', statuses: ['queued'] }, narrow)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('None of the next 1000 responses') as string,
    });
    await expect(
      list({ model: 'rare', metadata: { all: 'yes' }, order: 'desc' }, narrow),
    ).resolves.toMatchObject({
      places: [7, 6, 5, 4, 3, 2, 1],
    });
    await expect(list({ statuses: ['queued'], model: 'rare' }, narrow)).resolves.toMatchObject({
      places: [],
    });
  });
});
