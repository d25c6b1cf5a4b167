import { type Caller, newId } from '@antiphon/contracts';
import { plansOf, rowsRead, scansOf } from '@antiphon/service-kit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { authService, type ErrorBody } from '../testing/auth-service.ts';
import { decodeUsage, UsageParameters } from './usage-query.ts';
import { UsageStore } from './usage.store.ts';

interface Figures {
  num_runs: number;
  input_tokens: number;
  input_uncached_tokens: number;
  input_cached_tokens: number;
  cost: number | null;
  object?: string;
  model?: string | null;
  api_key_id?: string | null;
  api_key_name?: string | null;
}
interface Usage {
  start_time: string;
  end_time: string;
  total: Figures;
  groups: Figures[];
  data: { start_time: string; end_time: string; results: Figures[] }[];
}

const { database, call, login } = await authService();
const { access_token: token, user_id: userId } = await login();
const usage = (parameters: Record<string, string>, bearer = token) =>
  call<Usage & ErrorBody>('GET', `/v1/usage?${new URLSearchParams(parameters).toString()}`, {
    token: bearer,
  });
const sql = (statement: string, values: unknown[] = []) => database.dataSource.query(statement, values);

/** A run in each quarter of an hour of a range, by turns of four models. */
const fill = (from: string, to: string, user = userId, tenant = user) =>
  sql(
    `insert into auth.usage_rollups
     select $3, slot, $4, case when n % 2 = 0 then 'key_gone' else '' end, 'model-' || n % 4, 'first', 'openai', 1, 0, n % 2, 10, 4, 1, 5, 2, 0.1 * (n % 2)
       from generate_series($1::timestamptz, $2::timestamptz - interval '1 s', interval '15 minutes') with ordinality s (slot, n)`,
    [from, to, user, tenant],
  );
beforeEach(() => sql('truncate auth.usage_rollups'));

describe('usage', () => {
  it('adds up to the range by hour, day, week and month, also where the clock changes', async () => {
    await fill('2026-03-01T00:00Z', '2026-11-30T00:00Z');
    const quarters = (Date.parse('2026-11-02T00:00Z') - Date.parse('2026-03-20T00:00Z')) / 900_000;
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'])
      for (const bucket of ['day', 'week', 'month']) {
        const { body } = await usage({
          from: '2026-03-20T00:00:00Z',
          to: '2026-11-02T00:00:00Z',
          bucket,
          time_zone: zone,
        });
        const sum = body.data.reduce((runs, { results }) => runs + (results[0]?.num_runs ?? 0), 0);
        expect([zone, bucket, sum, body.total.num_runs]).toEqual([zone, bucket, quarters, quarters]);
        for (const [place, { end_time: end }] of body.data.entries())
          expect(end).toBe(body.data[place + 1]?.start_time ?? body.end_time);
      }
  });

  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
  ])('has the hours of %s in Berlin in one day: %i', async (from, hours) => {
    await fill('2026-03-01T00:00Z', '2026-11-30T00:00Z');
    const to = from.replace(/\d\d$/, (day) => String(Number(day) + 1));
    const day = await usage({ from, to, time_zone: 'Europe/Berlin' });
    expect(day.body.data).toHaveLength(1);
    expect(day.body.total.num_runs).toBe(4 * hours);
    const byHour = await usage({ from, to, bucket: 'hour', time_zone: 'Europe/Berlin' });
    expect(byHour.body.data.map(({ results }) => results[0]?.num_runs)).toEqual(Array(hours).fill(4));
  });

  it('splits tokens by kind, and knows a cost where a price is known', async () => {
    await fill('2026-03-01T00:00Z', '2026-03-01T01:00Z');
    const { body } = await usage({ from: '2026-03-01', to: '2026-03-02' });
    expect(body.total).toEqual({
      num_runs: 4,
      num_failed_runs: 0,
      input_tokens: 40,
      input_uncached_tokens: 20,
      input_cached_tokens: 16,
      input_cache_write_tokens: 4,
      output_tokens: 20,
      output_reasoning_tokens: 8,
      cost: 0.2,
      num_priced_runs: 2,
    });
    expect((await usage({ from: '2026-04-01', to: '2026-04-02' })).body.total).toMatchObject({
      num_runs: 0,
      cost: null,
    });
  });

  it('groups and filters, and sums the groups beyond the largest', async () => {
    const key = newId('apiKey');
    await sql(
      `insert into auth.api_keys (id, user_id, name, hash, last4) values ($1, $2, 'ci', 'x', 'abcd')`,
      [key, userId],
    );
    await sql(
      `insert into auth.usage_rollups
       select $1, '2026-03-01T00:00Z', $1, case when n <= 3 then $2 else '' end, 'model-' || n, 'p', 'agent', 1, 1, 0, 100 - n, 0, 0, 0, 0, 0
         from generate_series(1, 25) n`,
      [userId, key],
    );
    const range = { from: '2026-03-01', to: '2026-03-02' };
    const byModel = (await usage({ ...range, group_by: 'model' })).body;
    expect(byModel.groups).toHaveLength(21);
    expect(byModel.groups[0]).toMatchObject({ model: 'model-1', input_tokens: 99 });
    expect(byModel.groups.find(({ object }) => object === 'usage.rest')).toMatchObject({
      model: null,
      num_runs: 5,
    });
    expect(byModel.data[0]?.results).toHaveLength(21);
    const byKey = (await usage({ ...range, group_by: 'key,dialect' })).body;
    expect(byKey.groups).toMatchObject([
      { api_key_id: null, api_key_name: null, dialect: 'agent', num_runs: 22 },
      { api_key_id: key, api_key_name: 'ci', num_runs: 3 },
    ]);
    const filtered = await usage({ ...range, model: 'model-3', api_key_id: key, dialect: 'agent' });
    expect(filtered.body.total.num_runs).toBe(1);
  });

  it('is the caller’s own; that of the tenant needs the scope admin', async () => {
    const other = await login();
    await fill('2026-03-01T00:00Z', '2026-03-01T01:00Z');
    await fill('2026-03-01T00:00Z', '2026-03-01T02:00Z', other.user_id, userId);
    const range = { from: '2026-03-01', to: '2026-03-02' };
    expect((await usage(range)).body.total.num_runs).toBe(4);
    const refused = await usage({ ...range, scope: 'tenant' });
    expect([refused.status, refused.body.error.param]).toEqual([403, 'scope']);
    const store = new UsageStore(database.dataSource);
    const admin: Caller = { userId, tenantId: userId, kind: 'user', scopes: ['admin'] };
    const query = decodeUsage(UsageParameters.parse({ ...range, scope: 'tenant', group_by: 'user' }));
    const { groups } = await store.sum(admin, query);
    expect(groups.map(({ group, runs }) => [group['user_id'], runs])).toEqual([
      [other.user_id, '8'],
      [userId, '4'],
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a range without time', { from: '2026-03-02', to: '2026-03-02' }, 'from'],
    ['a range that ends before it begins', { from: '2026-03-02', to: '2025-03-02' }, 'from'],
    ['too many hours', { from: '2026-01-01', to: '2026-12-01', bucket: 'hour' }, 'bucket'],
    ['one hour too many', { from: '2026-01-01', to: '2026-02-01T07:00:00Z', bucket: 'hour' }, 'bucket'],
    ['too many days', { from: '2020-01-01', to: '2026-12-01' }, 'bucket'],
    ['an unknown zone', { time_zone: 'Europe/Atlantis' }, 'time_zone'],
    ['an offset as zone', { time_zone: '+02:00' }, 'time_zone'],
    ['an unknown group', { group_by: 'model,colour' }, 'group_by'],
    ['no time', { from: 'yesterday' }, 'from'],
    ['another century', { from: '0001-01-01', to: '0001-01-02' }, 'from'],
  ])('refuses %s', async (_what, parameters, param) => {
    const { status, body } = await usage(parameters);
    expect([status, body.error.param]).toEqual([400, param]);
    expect(body.error.message).toMatch(/ must be |has more than 750 buckets/);
  });

  it('refuses a zone that the database lacks', async () => {
    const store = new UsageStore(database.dataSource);
    const caller: Caller = { userId, tenantId: userId, kind: 'user', scopes: [] };
    const query = { ...decodeUsage(UsageParameters.parse({})), timeZone: 'Moon/Tycho' };
    await expect(store.sum(caller, query)).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'time_zone',
    });
  });

  it('needs a credential', async () => {
    expect((await usage({}, '')).status).toBe(401);
  });
});

it('reads the rows of the range from the indexes of user and tenant', async () => {
  await sql(
    `insert into auth.usage_rollups
     select 'user_' || n % 50, timestamptz '2026-01-01T00:00Z' + (n / 50) * interval '15 minutes', 'tenant_' || n % 10,
            '', 'model', 'p', 'openai', 1, 0, 0, 1, 0, 0, 1, 0, 0 from generate_series(1, 50000) n`,
  );
  await sql('vacuum analyze auth.usage_rollups');
  const store = new UsageStore(database.dataSource);
  const caller: Caller = { userId: 'user_1', tenantId: 'tenant_1', kind: 'user', scopes: ['admin'] };
  const range = { from: '2026-01-02', to: '2026-01-03', group_by: 'model' };
  for (const [scope, index, rows] of [
    ['own', 'usage_rollups_pkey', 96],
    ['tenant', 'usage_rollups_by_tenant', 5 * 96],
  ] as const) {
    const query = decodeUsage(UsageParameters.parse({ ...range, scope }));
    const plans = await plansOf(database.dataSource, () => store.sum(caller, query));
    const plan = plans.at(-1)!;
    expect(scansOf(plan)).toEqual([index]);
    expect(rowsRead(plan)).toBeLessThanOrEqual(rows + 100);
  }
});
