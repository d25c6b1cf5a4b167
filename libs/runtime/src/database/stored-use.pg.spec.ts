import { testCaller } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { newResponse } from '../testing/new-response.ts';
import { testStores } from '../testing/test-stores.ts';
import { type StoredFigure, StoredUse } from './stored-use.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database } = await responsesDatabase();
let nowMs = 0;

const { userId } = testCaller;
const useOf = () => new StoredUse(database.dataSource, () => nowMs);
const storesWith = (use: StoredUse) => testStores(database.dataSource, { use });
const never = () => false;

it('counts rows of this process at once, failed responses too', async () => {
  const use = useOf();
  const stores = storesWith(use);
  await stores.responses.insert(newResponse({ status: 'completed' }));
  await stores.responses.insert(newResponse({ status: 'failed', instructions: 'x'.repeat(500_000) }));
  const { rows, bytes } = use.read(userId, never);
  expect(rows).toBe(2);
  expect(bytes).toBeGreaterThan(500_000);
  expect(use.read('user_other', never)).toEqual({ rows: 0, bytes: 0 });
});

it('counts rows of other processes in the database, once this process has stored enough', async () => {
  const others = storesWith(useOf());
  for (let row = 0; row < 40; row++) await others.responses.insert(newResponse({ status: 'completed' }));
  const use = useOf();
  const stores = storesWith(use);
  for (let row = 0; row < 16; row++) await stores.responses.insert(newResponse({ status: 'completed' }));
  expect(use.read(userId, never).rows).toBe(16);
  await use.settled(userId);
  expect(use.read(userId, never).rows).toBe(56);
});

it('counts again where the figure is too high, at most once in five seconds', async () => {
  const use = useOf();
  const stores = storesWith(use);
  const isFull = ({ rows }: StoredFigure) => rows >= 10;
  for (let row = 0; row < 10; row++) await stores.responses.insert(newResponse({ status: 'completed' }));
  use.read(userId, isFull);
  await use.settled(userId);
  await database.dataSource.query('delete from responses.responses');
  expect(use.read(userId, isFull).rows).toBe(10);
  await use.settled(userId);
  expect(use.read(userId, isFull).rows).toBe(10);
  nowMs += 600_000;
  use.read(userId, isFull);
  await use.settled(userId);
  expect(use.read(userId, isFull).rows).toBe(0);
});

it('keeps the old figure during a count', async () => {
  const use = useOf();
  const stores = storesWith(use);
  const isFull = ({ rows }: StoredFigure) => rows >= 10;
  for (let row = 0; row < 10; row++) await stores.responses.insert(newResponse({ status: 'completed' }));
  expect(use.read(userId, isFull).rows).toBe(10);
  use.add(userId, 1);
  expect(use.read(userId, isFull).rows).toBe(11);
  await use.settled(userId);
  expect(use.read(userId, isFull).rows).toBe(11);
});
