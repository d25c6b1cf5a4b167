import type { Caller } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { newResponse } from '../testing/new-response.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const otherCaller: Caller = { ...testCaller, userId: 'user_b' };
const { database, storesWith } = await responsesDatabase();
const stores = storesWith();

const order = { key: 'order-1', requestHash: 'hash' };
const insert = (key = order, changes = {}) => {
  const response = newResponse({ status: 'queued', background: true, ...changes });
  return stores.responses.insertWith(response, { decides: null, isRunning: false, log: null, key });
};
const countOf = async (table: string) => {
  const [row] = await database.dataSource.query<{ count: string }[]>(
    `select count(*) from responses.${table}`,
  );
  return Number(row?.count);
};
const expireKeys = () =>
  database.dataSource.query(
    `update responses.idempotency_keys set created_at = clock_timestamp() - interval '1 h'`,
  );

describe('an idempotency key', () => {
  it('is stored with its response, for one caller', async () => {
    const response = newResponse();
    const inserted = await stores.responses.insertWith(response, {
      decides: null,
      isRunning: true,
      log: null,
      key: order,
    });
    expect(inserted).toEqual({ lease: { responseId: response.id, epoch: 1 } });
    expect(await stores.keys.find(testCaller, order.key)).toEqual({
      requestHash: 'hash',
      responseId: response.id,
    });
    expect(await stores.keys.find(otherCaller, order.key)).toBeNull();
    expect(await insert(order, { userId: otherCaller.userId })).not.toBeNull();
  });

  it('is taken by one of many at the same time, and the others store nothing', async () => {
    const outcomes = await Promise.all(Array.from({ length: 9 }, () => insert()));
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
    expect([await countOf('responses'), await countOf('idempotency_keys')]).toEqual([1, 1]);
  });

  it('is free again after its retention', async () => {
    await insert();
    await expireKeys();
    expect(await stores.keys.find(testCaller, order.key)).toBeNull();
    const again = await insert({ ...order, requestHash: 'another' });
    expect(again).not.toBeNull();
    expect(await stores.keys.find(testCaller, order.key)).toMatchObject({ requestHash: 'another' });
  });

  it('outlives its response, without its id', async () => {
    const response = newResponse();
    await stores.responses.insertWith(response, { decides: null, isRunning: false, log: null, key: order });
    await stores.responses.delete(testCaller, response.id);
    expect(await stores.keys.find(testCaller, order.key)).toEqual({ requestHash: 'hash', responseId: null });
  });

  it('is removed in batches when it is old', async () => {
    for (const key of ['a', 'b', 'c']) await insert({ ...order, key });
    await expireKeys();
    await insert({ ...order, key: 'd' });
    expect([await stores.keys.sweep(2), await stores.keys.sweep(2), await stores.keys.sweep(2)]).toEqual([
      2, 1, 0,
    ]);
    expect(await stores.keys.find(testCaller, 'd')).not.toBeNull();
  });
});
