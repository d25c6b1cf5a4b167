import type { MessageItem, Response } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { beforeEach, expect, it } from 'vitest';
import { type Query, queryOn } from '../database/raw-sql.ts';
import { newResponse } from '../testing/new-response.ts';
import { finishRuns, type RunEnd } from './finish-runs.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
const stores = storesWith();
let statements = 0;
const query: Query = (sql, values) => {
  statements++;
  return queryOn(database.dataSource)(sql, values);
};
beforeEach(() => {
  statements = 0;
});

const said: MessageItem = {
  type: 'message',
  id: 'msg_said',
  role: 'assistant',
  content: [{ type: 'text', text: 'done' }],
  status: 'completed',
};

/** The end of a run that this process holds. */
async function endOf(changes: Partial<Response>): Promise<RunEnd> {
  const running = newResponse({ status: 'in_progress', background: true, ...changes });
  const lease = await stores.responses.insertRunning(running);
  const response: Response = { ...running, status: 'completed', output: [said] };
  return { lease, response, pauseMs: null, events: [], lastBurst: null };
}

const rowsOf = (table: string) =>
  database.dataSource.query<Record<string, unknown>[]>(`select * from responses.${table}`);

it('ends many runs with one statement, each with its events, turn and log', async () => {
  await stores.responses.insert(newResponse({ status: 'completed' }));
  await database.dataSource.query(`insert into responses.conversations (user_id, id) values ($1, 'conv_1')`, [
    testCaller.userId,
  ]);
  const plain = await endOf({});
  const delivered = await endOf({ webhookUrl: 'https://example.com:8443/hook' });
  const turn = await endOf({ conversationId: 'conv_1', background: false });
  const held = await endOf({});
  const lost = { ...held, lease: { ...held.lease, epoch: 7 } };
  const logged: RunEnd = {
    ...(await endOf({})),
    // The statement does not read inside entries.
    lastBurst: { firstSeq: 0, entries: [{ type: 'item.delta', index: 0, delta: 'x' } as never] },
  };
  await database.dataSource.query('truncate responses.outbox');

  const ends = [plain, delivered, turn, lost, logged];
  expect(await finishRuns(query, ends)).toEqual(['ended', 'ended', 'ended', 'lost', 'ended']);
  expect(statements).toBe(1);
  expect(await rowsOf('webhook_deliveries')).toMatchObject([
    {
      response_id: delivered.response.id,
      url: 'https://example.com:8443/hook',
      host: 'example.com:8443',
      event_type: 'response.completed',
    },
  ]);
  expect(await rowsOf('conversation_items')).toMatchObject(
    [...turn.response.input, said].map(({ id }) => ({ item_id: id, response_id: turn.response.id })),
  );
  expect(await rowsOf('response_events')).toMatchObject([{ response_id: logged.response.id, last_seq: 0 }]);
  expect(await rowsOf('outbox')).toHaveLength(4);
  expect(await stores.responses.find(testCaller, held.response.id)).toMatchObject({ status: 'in_progress' });
  expect(await stores.responses.find(testCaller, plain.response.id)).toMatchObject({
    status: 'completed',
    output: [said],
  });
  expect(await finishRuns(query, [plain])).toEqual(['lost']);
});

it('leaves out a run whose owner has an endpoint for its event, until the deliveries are added separately', async () => {
  await database.dataSource.query(
    `insert into responses.webhook_endpoints (id, user_id, name, url, event_types, sealed_secret, secret_hint)
     values ('whe_1', $1, 'hook', 'https://example.com/hook', '{response.completed}', 'x', 'x')`,
    [testCaller.userId],
  );
  const delivered = await endOf({});
  const foreground = await endOf({ background: false });
  const failed: RunEnd = await endOf({});
  expect(
    await finishRuns(query, [
      delivered,
      foreground,
      { ...failed, response: { ...failed.response, status: 'failed' } },
    ]),
  ).toEqual(['has_endpoints', 'ended', 'ended']);
  expect(await rowsOf('webhook_deliveries')).toEqual([]);
  let rings = 0;
  stores.deliveries.onRing(() => rings++);
  expect(await stores.leases.finish(delivered.lease, delivered.response)).toBe(true);
  expect(rings).toBe(1);
  expect(await rowsOf('webhook_deliveries')).toMatchObject([{ endpoint_id: 'whe_1' }]);
});

it('rings for deliveries only', async () => {
  let rings = 0;
  stores.deliveries.onRing(() => rings++);
  const plain = await endOf({});
  expect(await stores.leases.finish(plain.lease, plain.response)).toBe(true);
  expect(rings).toBe(0);
  const delivered = await endOf({ webhookUrl: 'https://example.com/hook' });
  expect(await stores.leases.finish(delivered.lease, delivered.response)).toBe(true);
  expect(rings).toBe(1);
});

it('ends runs while heartbeats renew the leases of the same runs', async () => {
  const ends = await Promise.all(Array.from({ length: 40 }, () => endOf({})));
  const beats = Promise.all(
    Array.from({ length: 10 }, () => stores.leases.heartbeat(ends.map(({ lease }) => lease).toReversed())),
  );
  const ended = await Promise.all(ends.map(({ lease, response }) => stores.leases.finish(lease, response)));
  await beats;
  expect(ended).toEqual(ends.map(() => true));
});
