import { newId } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { SecretBox } from '@antiphon/service-kit';
import {
  createTestDatabase,
  type Plan,
  plansOf,
  rowsRead,
  scansOf,
  type TestDatabase,
} from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConversationTurnsStore } from '../conversations/conversation-turns.store.ts';
import { ConversationStore } from '../conversations/conversation.store.ts';
import { EventLogStore } from '../event-log/event-log.store.ts';
import { newResponse } from '../testing/new-response.ts';
import { storeLimits, testStores } from '../testing/test-stores.ts';
import type { DeliveryFilter } from '../webhooks/delivery-list.ts';
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

describe('the deliveries of a caller', () => {
  const everything = {
    status: null,
    responseId: null,
    endpointId: null,
    url: null,
    createdFromMs: null,
    createdBeforeMs: null,
    after: null,
    limit: 20,
  };
  const plansFor = (filter: Partial<DeliveryFilter>) =>
    plansOf(database.dataSource, () =>
      new DeliveryStore(database.dataSource).listAll(testCaller, { ...everything, ...filter }),
    );

  it('are listed from their index, in its order', async () => {
    const after = `wh_${String(10_000).padStart(34, '0')}`;
    for (const filter of [{}, { after }, { createdBeforeMs: Date.now() + 1_000 }]) {
      const plan = (await plansFor(filter)).at(-1) as Plan;
      expect(scansOf(plan)).toEqual(['webhook_deliveries_by_user']);
      expect(rowsRead(plan)).toBe(21);
    }
  });

  it('are compared with filters row by row, with a bounded number of rows', async () => {
    const plans = await plansFor({ endpointId: endpointId(1) });
    expect(plans.flatMap(scansOf)).toEqual(['webhook_deliveries_by_user']);
    expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(2 * 5_001);
    await expect(plansFor({ url: 'nowhere' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('are those of one response from its index', async () => {
    const plans = await plansFor({ responseId: newId('response') });
    expect(plans.flatMap(scansOf)).toEqual(['webhook_deliveries_by_response']);
  });
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

describe('of conversations', () => {
  /** 2,000 conversations of a user with ten responses each, of which one has 5,000 items. */
  beforeAll(async () => {
    const { dataSource } = database;
    await dataSource.query(
      `insert into responses.conversations (user_id, id, created_at)
       select $1, 'conv_' || lpad(n::text, 6, '0'), to_timestamp(n) from generate_series(1, 2000) n`,
      [testCaller.userId],
    );
    await dataSource.query(
      `insert into responses.responses (id, user_id, tenant_id, status, background, conversation_id, body, created_at)
       select 'resp_' || lpad(n::text, 34, '0'), user_id, tenant_id, 'completed', false,
              'conv_' || lpad((1 + n % 2000)::text, 6, '0'), body, to_timestamp(n)
         from responses.responses, generate_series(1, $2::int) n where id = $1`,
      [response.id, stored],
    );
    await dataSource.query(
      `insert into responses.conversation_items (user_id, conversation_id, item_id, item)
       select $1, case when n <= 5000 then 'conv_000001' else 'conv_000002' end, 'msg_' || n, '{"id":"x","type":"message"}'
         from generate_series(1, 20000) n`,
      [testCaller.userId],
    );
    await dataSource.query(
      'vacuum analyze responses.conversations, responses.responses, responses.conversation_items',
    );
  });

  it('lists them from their index, with the first and the last turn of each', async () => {
    const store = new ConversationTurnsStore(database.dataSource, storeLimits);
    const page = { after: 'conv_001500', limit: 20 };
    const plans = await plansOf(database.dataSource, () => store.list(testCaller, page));
    const list = plans.at(-1) as Plan;
    expect(scansOf(list)).toEqual([
      'conversations_by_user',
      'conversations_pkey',
      'responses_in_conversation',
    ]);
    expect(rowsRead(list)).toBeLessThanOrEqual(1 + 21 + 2 * 21);
  });

  it('reads the turns of one from their index', async () => {
    const store = new ConversationTurnsStore(database.dataSource, storeLimits);
    const plans = await plansOf(database.dataSource, () => store.read(testCaller, 'conv_000700'));
    expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
    expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(1 + 10);
  });

  it('lists the items of one from their index, and loads those of the page', async () => {
    const store = new ConversationStore(database.dataSource, { ...storeLimits, historyItemsMax: 1_000 });
    const page = { after: null, limit: 20, order: 'desc' } as const;
    const plans = await plansOf(database.dataSource, () => store.page(testCaller, 'conv_000001', page));
    expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
    expect(plans.map(rowsRead)).toEqual([1 + 1_000, 20]);
  });
});

it('reads the log of a response from its index', async () => {
  await database.dataSource.query(
    `insert into responses.response_events (response_id, first_seq, last_seq, events, is_last)
     select $1, n, n, '[]', false from generate_series(0, $2::int) n`,
    [response.id, stored],
  );
  await database.dataSource.query('vacuum analyze responses.response_events');
  const logs = new EventLogStore(database.dataSource, storeLimits);
  const plans = await plansOf(database.dataSource, () =>
    logs.read(response.id, 10_000, { burstsMax: 20, bytesMax: 1_000_000 }),
  );
  expect(plans.flatMap(scansOf).filter((name) => name.startsWith('all '))).toEqual([]);
  expect(plans.reduce((sum, plan) => sum + rowsRead(plan), 0)).toBeLessThanOrEqual(25);
});
