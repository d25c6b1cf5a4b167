import { functionCall, newId, type ResponseFilter } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import {
  createTestDatabase,
  plansOf,
  rowsRead,
  scansOf,
  type TestDatabase,
} from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { responsesSchema } from '../database/database-schema.ts';
import { newResponse, otherCaller } from '../testing/new-response.ts';
import { testStores } from '../testing/test-stores.ts';

const stored = 20_000;
let database: TestDatabase;
const responseId = (n: number) => `resp_${String(n).padStart(34, '0')}`;
const itemId = (n: number) => `fc_${String(n).padStart(34, '0')}`;

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
  await dataSource.query(
    `insert into responses.responses (id, user_id, tenant_id, status, background, body, created_at)
     select 'resp_' || lpad(n::text, 34, '0'), user_id, tenant_id, status, false,
            jsonb_set(body, '{output,0}', body -> 'output' -> 0 || jsonb_build_object(
              'id', 'fc_' || lpad(n::text, 34, '0'),
              'name', case when n % 1000 = 0 then 'rare' else 'common' end,
              'state', case when n % 100 = 0 then 'pending_approval' else 'pending_output' end)),
            created_at - ($2::int - n) * interval '1 s'
       from responses.responses, generate_series(1, $2::int) n where id = $1`,
    [template.id, stored],
  );
  await dataSource.query(
    `insert into responses.tool_decisions
       (id, response_id, user_id, call_id, item_id, tool_name, action, proposed_arguments, decided_at)
     select 'dec_' || n, $1, $2, 'call_1', 'fc_' || lpad((100000 + n)::text, 34, '0'),
            case when n % 100 = 0 then 'rare' else 'common' end, 'accept', '{}', to_timestamp(n)
       from generate_series(1, $3::int) n`,
    [template.id, testCaller.userId, stored],
  );
  await dataSource.query('vacuum analyze responses.responses, responses.tool_decisions');
});
afterAll(() => database.drop());

const waiting: ResponseFilter = {
  statuses: null,
  model: null,
  conversationId: null,
  metadata: {},
  waitingCall: { tool: null },
  after: null,
  limit: 20,
  order: 'asc',
};

it.each<[string, Partial<ResponseFilter>, number[], number]>([
  ['from the oldest on', { limit: 3 }, [100, 200, 300], 10],
  ['after a response', { limit: 2, after: responseId(250) }, [300, 400], 10],
  ['of a tool', { waitingCall: { tool: 'rare' }, limit: 2 }, [1_000, 2_000], 420],
  ['of an unknown tool', { waitingCall: { tool: 'none' } }, [], 420],
])('lists waiting responses %s from their index', async (_name, filter, places, rowsMax) => {
  const { responses } = testStores(database.dataSource);
  const plans = await plansOf(database.dataSource, async () => {
    const page = await responses.list(testCaller, { ...waiting, ...filter });
    expect(page?.responses.map(({ id }) => id)).toEqual(places.map(responseId));
  });
  expect(scansOf(plans.at(-1) ?? never())).toContain('responses_waiting_for_approval');
  expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
  expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(rowsMax);
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

it.each<[string, string | null, string, number[]]>([
  ['', null, 'tool_decisions_by_user', [20_000, 19_999, 19_998]],
  [' of a tool', 'rare', 'tool_decisions_by_user_and_tool', [20_000, 19_900, 19_800]],
])('lists decisions%s from their index, the latest first', async (_name, tool, index, places) => {
  const { decisions } = testStores(database.dataSource);
  const list = async (after: string | null, countMax: number) =>
    (await decisions.listByTime(testCaller, { tool, after, countMax }))?.map(
      ({ itemId: id }) => Number(id?.slice(3)) - 100_000,
    );
  const plans = await plansOf(database.dataSource, async () => {
    expect(await list(null, 3)).toEqual(places);
  });
  expect([plans.map(scansOf), plans.map(rowsRead)]).toEqual([[[index]], [3]]);
  expect(await list(itemId(100_000 + (places[0] ?? 0)), 2)).toEqual(places.slice(1));
  expect(await list(newId('functionCall'), 2)).toBeUndefined();
  expect(await decisions.listByTime(otherCaller, { tool, after: null, countMax: 2 })).toEqual([]);
});

it('finds the decision about an item in its index', async () => {
  const { decisions } = testStores(database.dataSource);
  const plans = await plansOf(database.dataSource, async () => {
    expect(await decisions.findByItem(testCaller, itemId(100_007))).toMatchObject({ action: 'accept' });
  });
  expect([plans.map(scansOf), plans.map(rowsRead)]).toEqual([[['tool_decisions_by_item']], [1]]);
  expect(await decisions.findByItem(otherCaller, itemId(100_007))).toBeNull();
});

function never(): never {
  throw new Error('a page is read by a statement');
}
