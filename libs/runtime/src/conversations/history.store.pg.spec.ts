import { type Caller, type Item, type MessageItem, type Response } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { responsesSchema } from '../database/database-schema.ts';
import type { StoreLimits } from '../database/store-limits.ts';
import { newResponse } from '../testing/new-response.ts';
import { testStores, type TestStores } from '../testing/test-stores.ts';

const stranger: Caller = { ...testCaller, userId: 'user_b', tenantId: 'user_b' };
let database: TestDatabase;
let stores: TestStores;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.dataSource.query('truncate responses.responses cascade');
  stores = storesWith({});
});

function storesWith(limits: Partial<StoreLimits>, owner = 'worker-1'): TestStores {
  return testStores(database.dataSource, { limits, owner });
}

const saying = (text: string): MessageItem => ({
  type: 'message',
  id: 'msg_out',
  role: 'assistant',
  content: [{ type: 'text', text }],
  status: 'completed',
});

describe('history', () => {
  const before = (previous: Response, changes: Partial<Response> = {}) =>
    newResponse({ previousResponseId: previous.id, ...changes });
  const saidIn = (id: string, text: string): MessageItem => ({ ...saying(text), id });
  const idsOf = (items: readonly Item[]) => items.map(({ id }) => id);

  /** A chain of responses whose output is one message each. */
  async function chainOf(...outputs: MessageItem[]): Promise<Response[]> {
    const responses: Response[] = [];
    for (const output of outputs) {
      const previousResponseId = responses.at(-1)?.id ?? null;
      responses.push(newResponse({ status: 'completed', input: [], output: [output], previousResponseId }));
    }
    await Promise.all(responses.map((response) => stores.responses.insert(response)));
    return responses;
  }

  it('is the chain of responses, oldest first, of one owner', async () => {
    const [first, , third] = await chainOf(saidIn('a', '1'), saidIn('b', '2'), saidIn('c', '3'));
    if (!first || !third) throw new Error('a chain of three');
    const next = before(third);
    expect(idsOf(await stores.history.read(testCaller, next))).toEqual(['a', 'b', 'c']);
    expect(await stores.history.read(stranger, next)).toEqual([]);
    await stores.responses.delete(testCaller, first.id);
    expect(idsOf(await stores.history.read(testCaller, next))).toEqual(['b', 'c']);
  });

  it('beyond its bytes is refused where it must not be cut, else cut to its newest part', async () => {
    const responses = await chainOf(
      saidIn('a', 'x'.repeat(600)),
      saidIn('b', 'x'.repeat(600)),
      saidIn('c', 'x'.repeat(600)),
    );
    const narrow = storesWith({ contextBytesMax: 2_000 });
    const last = responses.at(-1);
    if (!last) throw new Error('a chain of three');
    expect(idsOf(await narrow.history.read(testCaller, before(last, { input: [] })))).toEqual(['b', 'c']);
    await expect(narrow.history.read(testCaller, before(last, { keepsContext: true }))).rejects.toMatchObject(
      {
        code: 'context_too_long',
      },
    );
    expect(
      idsOf(await narrow.history.read(testCaller, before(last, { keepsContext: true }), 'show')),
    ).toEqual(['b', 'c']);
    const tiny = storesWith({ contextBytesMax: 500 });
    await expect(tiny.history.read(testCaller, before(last))).rejects.toMatchObject({
      code: 'context_too_long',
    });
  });

  it('is measured when it is read where rows were stored without a size', async () => {
    const [only] = await chainOf(saidIn('a', 'x'.repeat(600)));
    if (!only) throw new Error('a chain of one');
    await database.dataSource.query('update responses.responses set body_bytes = null, context_bytes = null');
    expect(idsOf(await stores.history.read(testCaller, before(only)))).toEqual(['a']);
    const narrow = storesWith({ contextBytesMax: 500 });
    await expect(narrow.history.read(testCaller, before(only))).rejects.toMatchObject({
      code: 'context_too_long',
    });
  });
});
