import { functionCall, newId, type ResponseFilter, timeOfId } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import {
  createTestDatabase,
  plansOf,
  rowsRead,
  scansOf,
  type TestDatabase,
} from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Owners } from '../database/owners.ts';
import { responsesSchema } from '../database/database-schema.ts';
import { newResponse, otherCaller } from '../testing/new-response.ts';
import { testStores } from '../testing/test-stores.ts';

const stored = 20_000;
let database: TestDatabase;
let decidedResponse: string;
const responseId = (n: number) => `resp_${String(n).padStart(34, '0')}`;
/** Their first ten characters are their time. */
const itemId = (n: number) => `fc_${String(n).padStart(10, '0')}${'0'.repeat(24)}`;

/**
 * One caller's 20,000 paused responses, nearly all of which wait for outputs of the caller's tools: every hundredth waits for an approval,
 * every thousandth of those for a rare tool. 20,000 decisions, every hundredth about the rare tool.
 */
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
  const { dataSource } = database;
  const call = functionCall({
    id: 'fc',
    callId: 'call_1',
    name: 'common',
    executor: 'server',
    state: 'pending_output',
  });
  const template = newResponse({ status: 'requires_action', output: [call] });
  await testStores(dataSource).responses.insert(template);
  decidedResponse = template.id;
  await dataSource.query(
    `insert into responses.responses (id, user_id, tenant_id, status, background, body, created_at)
     select 'resp_' || lpad(n::text, 34, '0'), user_id, tenant_id, status, false,
            jsonb_set(body, '{output,0}', body -> 'output' -> 0 || jsonb_build_object(
              'id', 'fc_' || lpad(n::text, 10, '0') || repeat('0', 24),
              'name', case when n % 1000 = 0 then 'rare' else 'common' end,
              'state', case when n % 100 = 0 then 'pending_approval' else 'pending_output' end)),
            created_at - ($2::int - n) * interval '1 s'
       from responses.responses, generate_series(1, $2::int) n where id = $1`,
    [template.id, stored],
  );
  await dataSource.query(
    `insert into responses.tool_decisions
       (id, response_id, user_id, tenant_id, dialect, conversation_id, call_id, item_id, tool_name, action, proposed_arguments,
        decided_at)
     select 'dec_' || n, $1, $2, $3, 'openai', 'talk', 'call_1', 'fc_' || lpad((100000 + n)::text, 10, '0') || repeat('0', 24),
            case when n % 100 = 0 then 'rare' else 'common' end, case when n % 100 = 0 then 'edit' else 'accept' end, '{}',
            to_timestamp(n)
       from generate_series(1, $4::int) n`,
    [template.id, testCaller.userId, testCaller.tenantId, stored],
  );
  await dataSource.query('vacuum analyze responses.responses, responses.tool_decisions');
});
afterAll(() => database.drop());

const madeMs = (n: number) => timeOfId(itemId(n)) ?? 0;
const own = { userId: testCaller.userId };
const waiting = {
  statuses: null,
  model: null,
  conversationId: null,
  metadata: {},
  waitingCall: { tool: null },
  after: null,
  limit: 20,
  order: 'asc',
} satisfies ResponseFilter;

it.each<[string, Partial<Pick<typeof waiting, 'limit'> & Omit<ResponseFilter, 'limit'>>, number[], number]>([
  ['from the oldest on', { limit: 3 }, [100, 200, 300], 10],
  ['after a response', { limit: 2, after: responseId(250) }, [300, 400], 10],
  ['of a tool', { waitingCall: { tool: 'rare' }, limit: 2 }, [1_000, 2_000], 420],
  ['of an unknown tool', { waitingCall: { tool: 'none' } }, [], 420],
  [
    'whose call was made in a time',
    { waitingCall: { tool: null, madeFromMs: madeMs(150), madeBeforeMs: madeMs(400) } },
    [200, 300],
    420,
  ],
  ['of another dialect', { dialect: 'agent' }, [], 420],
])('lists waiting responses %s from their index', async (_name, filter, places, rowsMax) => {
  const { responses } = testStores(database.dataSource);
  const plans = await plansOf(database.dataSource, async () => {
    const page = await responses.listWaiting(own, { ...waiting, ...filter });
    expect(page?.responses.map(({ id }) => id)).toEqual(places.map(responseId));
  });
  expect(scansOf(plans.at(-1) ?? never())).toContain('responses_waiting_for_approval');
  expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
  expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(rowsMax);
});

it.each<[string, Owners, string, number[]]>([
  ['a tenant', { tenantId: testCaller.tenantId }, 'responses_waiting_in_tenant', [300, 400]],
  [
    'a user of the tenant',
    { ...own, inTenant: testCaller.tenantId },
    'responses_waiting_for_approval',
    [300, 400],
  ],
  ['a user in another tenant', { ...own, inTenant: 'tenant_b' }, 'responses_waiting_for_approval', []],
  ['another tenant', { tenantId: 'tenant_b' }, 'responses_waiting_in_tenant', []],
])('lists the waiting responses of %s from their index', async (_name, owners, index, places) => {
  const { responses } = testStores(database.dataSource);
  const after = places.length > 0 ? responseId(250) : null;
  const plans = await plansOf(database.dataSource, async () => {
    const page = await responses.listWaiting(owners, { ...waiting, after, limit: 2 });
    expect(page?.responses.map(({ id }) => id)).toEqual(places.map(responseId));
  });
  expect(scansOf(plans.at(-1) ?? never())).toContain(index);
  expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
  expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(420);
});

it.each<[Owners, string]>([
  [own, 'responses_waiting_for_approval'],
  [{ tenantId: testCaller.tenantId }, 'responses_waiting_in_tenant'],
])('reads the versions of the newest waiting responses of %o from their index', async (owners, index) => {
  const { responses } = testStores(database.dataSource);
  const versions = async () => (await responses.waitingVersions(owners, 3)).map(({ id }) => id);
  const plans = await plansOf(database.dataSource, async () => {
    expect(await versions()).toEqual([19_800, 19_900, 20_000].map(responseId));
  });
  expect([plans.map(scansOf), plans.map(rowsRead)]).toEqual([[[index]], [3]]);
});

it('reads until when paused responses wait by their keys', async () => {
  const { responses } = testStores(database.dataSource);
  const plans = await plansOf(database.dataSource, () =>
    responses.pausedUntil([responseId(1), responseId(2)]),
  );
  expect([plans.map(scansOf), plans.map(rowsRead)]).toEqual([[['responses_pkey']], [2]]);
});

it('finds the response of a waiting call by its item, for its owner', async () => {
  const { responses } = testStores(database.dataSource);
  const plans = await plansOf(database.dataSource, async () => {
    expect((await responses.findWaiting(testCaller, itemId(500)))?.id).toBe(responseId(500));
  });
  expect(plans.map(scansOf)).toEqual([['responses_waiting_for_approval']]);
  expect(await responses.findWaiting(testCaller, itemId(501))).toBeNull();
  expect(await responses.findWaiting(testCaller, 'fc_\0')).toBeNull();
  expect(await responses.findWaiting(otherCaller, itemId(500))).toBeNull();
});

const tenant = { tenantId: testCaller.tenantId };
it.each<[string, Owners, string | null, string, number[]]>([
  ['', own, null, 'tool_decisions_by_user', [20_000, 19_999, 19_998]],
  [' of a tool', own, 'rare', 'tool_decisions_by_user_and_tool', [20_000, 19_900, 19_800]],
  [' of a tenant', tenant, null, 'tool_decisions_by_tenant', [20_000, 19_999, 19_998]],
  [' of a tenant and a tool', tenant, 'rare', 'tool_decisions_by_tenant_and_tool', [20_000, 19_900, 19_800]],
])('lists decisions%s from their index, the latest first', async (_name, owners, tool, index, places) => {
  const { decisions } = testStores(database.dataSource);
  const list = async (after: string | null, limit: number) =>
    (await decisions.listByTime(owners, { tool, after, limit }))?.records.map(
      ({ itemId: id }) => Number(id?.slice(3, 13)) - 100_000,
    );
  const plans = await plansOf(database.dataSource, async () => {
    expect(await list(null, 3)).toEqual(places);
  });
  expect([plans.map(scansOf), plans.map(rowsRead)]).toEqual([[[index]], [4]]);
  expect(await list(itemId(100_000 + (places[0] ?? 0)), 2)).toEqual(places.slice(1));
  expect(await list(newId('functionCall'), 2)).toBeUndefined();
  const theirs = await decisions.listByTime({ tenantId: 'tenant_b' }, { tool, after: null, limit: 2 });
  expect(theirs).toEqual({ records: [], hasMore: false });
});

it('compares a bounded number of decisions with filters that have no index', async () => {
  const { decisions } = testStores(database.dataSource);
  const all = { tool: null, after: null, limit: 2 };
  const plans = await plansOf(database.dataSource, async () => {
    await expect(decisions.listByTime(own, { ...all, dialect: 'agent' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
  expect(plans.map(scansOf)).toEqual([['tool_decisions_by_user'], ['tool_decisions_by_user']]);
  expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(10_010);
  const made = { madeFromMs: madeMs(119_000), madeBeforeMs: madeMs(119_900) };
  const page = await decisions.listByTime(own, { ...all, dialect: 'openai', ...made });
  expect(page?.records.map(({ itemId: id }) => id)).toEqual([itemId(119_899), itemId(119_898)]);
  expect(page?.hasMore).toBe(true);
});

it('finds the decision about an item in its index', async () => {
  const { decisions } = testStores(database.dataSource);
  const plans = await plansOf(database.dataSource, async () => {
    expect(await decisions.findByItem(own, itemId(100_007))).toMatchObject({ action: 'accept' });
  });
  expect([plans.map(scansOf), plans.map(rowsRead)]).toEqual([[['tool_decisions_of_item']], [1]]);
  expect(await decisions.findByItem({ userId: otherCaller.userId }, itemId(100_007))).toBeNull();
  expect(await decisions.findByItem({ ...own, inTenant: 'tenant_b' }, itemId(100_007))).toBeNull();
});

it('finds the last edit of a tool in a run and in a conversation from their indexes', async () => {
  const { decisions } = testStores(database.dataSource);
  const call = {
    ...own,
    responseId: decidedResponse,
    conversationId: 'talk',
    itemId: itemId(1),
    tool: 'rare',
    decidedAt: null,
  };
  const plans = await plansOf(database.dataSource, async () => {
    const found = await decisions.earlierEdits([
      call,
      { ...call, responseId: responseId(1) },
      { ...call, responseId: responseId(1), conversationId: null },
      { ...call, decidedAt: 1_000 },
    ]);
    expect(found.map((edit) => edit?.itemId)).toEqual([
      itemId(120_000),
      itemId(120_000),
      undefined,
      undefined,
    ]);
  });
  expect(plans.flatMap(scansOf).toSorted()).toEqual([
    'tool_decisions_edits_in_conversation',
    'tool_decisions_edits_in_response',
  ]);
  expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(8);
});

function never(): never {
  throw new Error('a page is read by a statement');
}
