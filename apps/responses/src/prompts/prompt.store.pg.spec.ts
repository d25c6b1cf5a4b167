import { testCaller } from '@antiphon/contracts/testing';
import { responsesSchema } from '@antiphon/runtime';
import {
  createTestDatabase,
  type Plan,
  plansOf,
  rowsRead,
  scansOf,
  type TestDatabase,
} from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PageQuery, type PromptFilter, PromptStore } from './prompt.store.ts';

let database: TestDatabase;
let store: PromptStore;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
  store = new PromptStore(database.dataSource);
});
afterAll(() => database.drop());

describe('a list of prompts', () => {
  /** 20,000 prompts of one caller, the newest with the largest number; every hundredth has a tag. */
  beforeAll(async () => {
    await database.dataSource.query(
      `insert into responses.prompts (user_id, id, name, tags, default_version, latest_version, revision, created_at)
       select $1, 'prompt_' || lpad(n::text, 6, '0'), 'Prompt ' || n,
              case when n % 100 = 0 then '{hundreds}'::text[] when n = 10 then '{old}' else '{}' end, 1, 1, 1, to_timestamp(n)
         from generate_series(1, 20000) n`,
      [testCaller.userId],
    );
    await database.dataSource.query('vacuum analyze responses.prompts');
  });
  afterAll(() => database.dataSource.query('delete from responses.prompts'));

  async function list(filter: Partial<PromptFilter>, page: Partial<PageQuery> = {}) {
    const shown = { entries: [] as string[], hasMore: false };
    const plans = await plansOf(database.dataSource, async () => {
      const found = await store.list(
        testCaller,
        { name: null, tag: null, ...filter },
        { after: null, limit: 3, order: 'desc', ...page },
      );
      shown.entries = found.entries.map(({ name }) => name.slice(7));
      shown.hasMore = found.hasMore;
    });
    return { ...shown, plans };
  }

  it('is read from the index of their times', async () => {
    const { entries, hasMore, plans } = await list({}, { after: 'prompt_010000' });
    expect([entries, hasMore]).toEqual([['9999', '9998', '9997'], true]);
    expect(plans.map(scansOf)).toEqual([['prompts_by_time', 'prompts_pkey']]);
    expect(plans.map(rowsRead)).toEqual([5]);
  });

  it.each<[string, Partial<PromptFilter>, Partial<PageQuery>, string[], boolean]>([
    ['a part of a name', { name: 'MPT 1999' }, {}, ['19999', '19998', '19997'], true],
    ['a tag', { tag: 'hundreds' }, {}, ['20000', '19900', '19800'], true],
    ['a tag from the oldest on', { tag: 'hundreds' }, { order: 'asc' }, ['100', '200', '300'], true],
    ['a tag after a prompt', { tag: 'hundreds' }, { after: 'prompt_000250' }, ['200', '100'], false],
    ['both', { name: '19', tag: 'hundreds' }, {}, ['19900', '19800', '19700'], true],
    ['a tag that no prompt has', { tag: 'none' }, { after: 'prompt_005000' }, [], false],
    ['a name that few of the compared prompts have', { name: '20000' }, {}, ['20000'], true],
  ])(
    'compares %s with a bounded number of prompts, in order',
    async (_what, filter, page, entries, hasMore) => {
      const { plans, ...shown } = await list(filter, page);
      expect(shown).toEqual({ entries, hasMore });
      expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
      expect(scansOf(plans[0] as Plan)).toContain('prompts_by_time');
      expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(5_001 + 4);
    },
  );

  it('is refused where none of the compared prompts matches, and reaches the others after a later prompt', async () => {
    await expect(list({ tag: 'old' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('None of the next 5000 prompts matches') as string,
    });
    expect(await list({ tag: 'old' }, { after: 'prompt_002000' })).toMatchObject({ entries: ['10'] });
  });
});

it('lists the versions and the audit trail of a prompt from their indexes', async () => {
  const { dataSource } = database;
  await dataSource.query(
    `insert into responses.prompts (user_id, id, name, tags, default_version, latest_version, revision)
     select $1, 'prompt_' || n, 'Many', '{}', 1, 1, 1 from generate_series(1, 10) n`,
    [testCaller.userId],
  );
  await dataSource.query(
    `insert into responses.prompt_versions (user_id, prompt_id, version, content, variables)
     select $1, 'prompt_' || 1 + n % 10, n, '{}', '[]' from generate_series(1, 5000) n`,
    [testCaller.userId],
  );
  await dataSource.query(
    `insert into responses.prompt_audit (user_id, prompt_id, action, details, actor_id, actor_kind)
     select $1, 'prompt_' || 1 + n % 10, 'created', '{}', $1, 'user' from generate_series(1, 5000) n`,
    [testCaller.userId],
  );
  await dataSource.query('vacuum analyze responses.prompt_versions, responses.prompt_audit');
  const page = { after: '2500', limit: 20, order: 'desc' } as const;
  const versions = await plansOf(dataSource, () => store.versions(testCaller, 'prompt_7', page));
  expect(versions.map(scansOf)).toEqual([['prompt_versions_pkey'], ['prompt_versions_pkey']]);
  expect(versions.map(rowsRead)).toEqual([21, 20]);
  const audit = await plansOf(dataSource, () => store.audit(testCaller, 'prompt_7', page));
  expect(audit.map(scansOf)).toEqual([['prompt_audit_by_prompt']]);
  expect(audit.map(rowsRead)).toEqual([21]);
  await dataSource.query('delete from responses.prompts');
});

it('ends a page of versions at its bound of bytes, with has_more', async () => {
  await database.dataSource.query(
    `insert into responses.prompts (user_id, id, name, tags, default_version, latest_version, revision)
     values ($1, 'prompt_large', 'Large', '{}', 1, 6, 1)`,
    [testCaller.userId],
  );
  await database.dataSource.query(
    `insert into responses.prompt_versions (user_id, prompt_id, version, content, variables)
     select $1, 'prompt_large', n, json_build_object('system_prompt', repeat('x', 900000)), '[]'
       from generate_series(1, 6) as n`,
    [testCaller.userId],
  );
  const page = async (after: string | null) => {
    const { entries, hasMore } = await store.versions(testCaller, 'prompt_large', {
      after,
      limit: 100,
      order: 'desc',
    });
    return { versions: entries.map(({ version }) => version), hasMore };
  };
  expect(await page(null)).toEqual({ versions: [6, 5, 4, 3], hasMore: true });
  expect(await page('3')).toEqual({ versions: [2, 1], hasMore: false });
});
