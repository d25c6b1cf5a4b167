import { newId } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { SecretBox } from '@antiphon/service-kit';
import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plansOf, rowsRead, scansOf } from '../testing/explain.ts';
import { newResponse } from '../testing/new-response.ts';
import { testStores } from '../testing/test-stores.ts';
import { DeliveryStore } from '../webhooks/delivery.store.ts';
import { EndpointStore } from '../webhooks/endpoint.store.ts';
import { responsesSchema } from './database-schema.ts';

const stored = 20_000;
const response = newResponse({ status: 'completed' });
const endpointId = (n: number) => `whe_${String(n).padStart(34, '0')}`;
let database: TestDatabase;

/** 20,000 endpoints of 100 users and 20,000 deliveries of 100 endpoints. */
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
  const { dataSource } = database;
  await testStores(dataSource).responses.insert(response);
  await dataSource.query(
    `insert into responses.webhook_endpoints (id, user_id, name, url, event_types, sealed_secret, secret_hint)
     select 'whe_' || lpad(n::text, 34, '0'), case when n % 100 = 0 then $1 else 'user_' || n % 100 end, 'hook', 'https://example.com', '{}', 'x', 'x'
       from generate_series(1, $2::int) n`,
    [testCaller.userId, stored],
  );
  await dataSource.query(
    `insert into responses.webhook_deliveries (id, response_id, user_id, endpoint_id, url)
     select 'wh_' || lpad(n::text, 34, '0'), $1, $2, 'whe_' || lpad((1 + n % 100)::text, 34, '0'), 'https://example.com'
       from generate_series(1, $3::int) n`,
    [response.id, testCaller.userId, stored],
  );
  await dataSource.query('vacuum analyze responses.webhook_endpoints, responses.webhook_deliveries');
});
afterAll(() => database.drop());

it('lists webhook endpoints from their index', async () => {
  const limits = { perUserMax: 20 };
  const store = new EndpointStore(
    database.dataSource,
    SecretBox.from(Buffer.alloc(32).toString('base64')),
    limits,
  );
  const plans = await plansOf(database.dataSource, () =>
    store.list(testCaller, { after: endpointId(10_000), countMax: 21 }),
  );
  expect(plans.map(scansOf)).toEqual([['webhook_endpoints_by_user']]);
  expect(plans.map(rowsRead)).toEqual([21]);
});

it('lists the deliveries of an endpoint from their index', async () => {
  const store = new DeliveryStore(database.dataSource);
  const plans = await plansOf(database.dataSource, () =>
    store.list(testCaller, endpointId(1), { after: `wh_${String(10_000).padStart(34, '0')}`, countMax: 21 }),
  );
  expect(plans.map(scansOf)).toEqual([['webhook_deliveries_by_endpoint']]);
  expect(plans.map(rowsRead)).toEqual([21]);
});

it('lists the decisions about a response from their index', async () => {
  await database.dataSource.query(
    `insert into responses.tool_decisions (id, response_id, user_id, call_id, tool_name, action, proposed_arguments)
     select 'dec_' || n, $1, $2, 'call', 'tool', 'accept', '{}' from generate_series(1, $3::int) n`,
    [response.id, testCaller.userId, stored],
  );
  await database.dataSource.query('vacuum analyze responses.tool_decisions');
  const { decisions } = testStores(database.dataSource);
  const plans = await plansOf(database.dataSource, () => decisions.list(testCaller, newId('response')));
  expect(plans.map(scansOf)).toEqual([['tool_decisions_by_response']]);
  expect(plans.map(rowsRead)).toEqual([0]);
});
