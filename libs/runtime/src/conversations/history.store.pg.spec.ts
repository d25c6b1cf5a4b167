import { type Item, type MessageItem, newId, type Response } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { rowsRead, scansOf } from '@antiphon/service-kit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConversationStore } from './conversation.store.ts';
import { readHistory } from './read-history.ts';
import { newResponse, saying, otherCaller } from '../testing/new-response.ts';
import { explaining } from '../testing/explaining.ts';
import { storeLimits } from '../testing/test-stores.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
const stores = storesWith();

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
    expect(await stores.history.read(otherCaller, next)).toEqual([]);
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

  describe('in a conversation whose turns name turns', () => {
    const conversationId = 'conv_branches';
    /** Stores a turn that says its own name, one after the other. */
    async function turns(...named: [id: string, previous?: string][]): Promise<Map<string, Response>> {
      const stored = new Map<string, Response>();
      for (const [place, [name, previous]] of named.entries()) {
        const response = newResponse({
          status: 'completed',
          createdAt: Date.now() - 1_000 + place,
          conversationId,
          input: [],
          output: [saidIn(name, name)],
          previousResponseId: previous === undefined ? null : (stored.get(previous)?.id ?? newId('response')),
        });
        stored.set(name, response);
        await stores.responses.insert(response);
      }
      return stored;
    }
    const tree = () => turns(['a'], ['b'], ['c'], ['d', 'a'], ['e'], ['f', 'c']);
    const readAfter = async (previous: Response | undefined) =>
      idsOf(
        await stores.history.read(
          testCaller,
          newResponse({ conversationId, previousResponseId: previous?.id ?? null, status: 'in_progress' }),
        ),
      );

    it('is the branch of the latest turn', async () => {
      await tree();
      expect(await readAfter(undefined)).toEqual(['a', 'b', 'c', 'f']);
    });

    it('is the branch of the named turn, without other branches', async () => {
      const stored = await tree();
      expect(await readAfter(stored.get('b'))).toEqual(['a', 'b']);
      expect(await readAfter(stored.get('e'))).toEqual(['a', 'd', 'e']);
    });

    it('begins after a turn that was deleted', async () => {
      await turns(['x', 'deleted'], ['y']);
      expect(await readAfter(undefined)).toEqual(['x', 'y']);
    });

    it('is the chain of a turn of another conversation', async () => {
      await tree();
      const [first, last] = await chainOf(saidIn('m', '1'), saidIn('n', '2'));
      expect(first).toBeDefined();
      expect(await readAfter(last)).toEqual(['m', 'n']);
    });
  });

  it('of a 200th turn is read by one statement, which reads each turn once', async () => {
    const conversationId = 'conv_long';
    await database.dataSource.query(
      `insert into responses.conversations (user_id, id)
       select $1, id from unnest(array[$2, 'conv_other']) id
       union all select $1, 'conv_' || n from generate_series(1, 2000) n`,
      [testCaller.userId, conversationId],
    );
    await database.dataSource.query(
      `insert into responses.conversation_items (user_id, conversation_id, item_id, item)
       select $1, 'conv_other', 'msg_' || n, '{}' from generate_series(1, 20000) n`,
      [testCaller.userId],
    );
    const chained = await chainOf(...Array.from({ length: 200 }, (_, i) => saidIn(`c${i}`, `${i}`)));
    const linear = Array.from({ length: 200 }, (_, i) =>
      newResponse({
        status: 'in_progress',
        conversationId,
        input: [],
        output: [saidIn(`l${i}`, `${i}`)],
        createdAt: Date.now() - 1_000 + i,
      }),
    );
    for (const response of linear) {
      const lease = await stores.responses.insertRunning(response);
      await stores.leases.finish(lease, { ...response, status: 'completed' });
    }
    await database.dataSource.query(
      'vacuum analyze responses.conversations, responses.responses, responses.conversation_items',
    );
    const limits = { ...storeLimits, historyMax: 200, historyItemsMax: 200 };
    for (const [response, rowsMax] of [
      [newResponse({ previousResponseId: chained.at(-1)?.id ?? null }), 2 * 200],
      [newResponse({ conversationId, status: 'in_progress' }), 200 + 1],
      [newResponse({ conversationId, previousResponseId: linear.at(-1)?.id ?? null }), 3 * 200],
    ] as const) {
      const { query, plans } = explaining(database.dataSource);
      expect((await readHistory(query, testCaller, response, limits, 'run')).items).toHaveLength(200);
      const [plan, ...others] = plans;
      if (!plan) throw new Error('a history is read by a statement');
      expect(others).toEqual([]);
      expect(scansOf(plan).filter((name) => name.startsWith('all '))).toEqual([]);
      expect(rowsRead(plan)).toBeLessThanOrEqual(rowsMax);
    }
  });

  describe('of a conversation that a run has locked', () => {
    const conversationId = 'conv_locked';
    const conversations = () => new ConversationStore(database.dataSource, storeLimits);
    const next = () => newResponse({ conversationId, status: 'in_progress', input: [] });
    const add = (name: string) => conversations().addItems(testCaller, conversationId, [saidIn(name, name)]);
    const turn = async (name: string, changes: Partial<Response> = {}) => {
      const response = newResponse({
        conversationId,
        status: 'in_progress',
        input: [],
        output: [saidIn(name, name)],
        createdAt: Date.now() - 1_000,
        ...changes,
      });
      const lease = await stores.responses.insertRunning(response);
      await stores.leases.finish(lease, { ...response, status: 'completed' });
      return response;
    };

    beforeEach(async () => {
      await conversations().delete(testCaller, conversationId);
      await conversations().open(testCaller, conversationId);
      await add('a');
    });

    it('is the one that was read before', async () => {
      const read = await stores.history.readMeasured(testCaller, next());
      expect(await stores.history.readLocked(testCaller, next(), read)).toBe(read.items);
    });

    it.each<[string, () => Promise<unknown>, string[]]>([
      ['an item was added', () => add('b'), ['a', 'b']],
      ['a turn ended', () => turn('b'), ['a', 'b']],
      [
        'a turn of a branch ended',
        async () => turn('c', { previousResponseId: (await turn('b')).id }),
        ['b', 'c'],
      ],
      ['an item was removed', () => conversations().deleteItem(testCaller, conversationId, 'a'), []],
      ['a turn was removed', async () => stores.responses.delete(testCaller, (await turn('b')).id), ['a']],
    ])('is read again where %s since then', async (_what, change, ids) => {
      const read = await stores.history.readMeasured(testCaller, next());
      await change();
      const items = await stores.history.readLocked(testCaller, next(), read);
      expect(items.map(({ id }) => id)).toEqual(ids);
      expect(items).not.toBe(read.items);
    });

    it('is read again where an item was committed later than one that is newer', async () => {
      const slow = database.dataSource.createQueryRunner();
      await slow.startTransaction();
      await slow.query(
        `insert into responses.conversation_items (user_id, conversation_id, item_id, item) values ($1, $2, 'b', $3)`,
        [testCaller.userId, conversationId, JSON.stringify(saidIn('b', 'b'))],
      );
      const newer = add('c');
      const read = await stores.history.readMeasured(testCaller, next());
      expect(idsOf(read.items)).toEqual(['a']);
      await slow.commitTransaction();
      await slow.release();
      await newer;
      const items = await stores.history.readLocked(testCaller, next(), read);
      expect(items.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    });

    it('is read again where there is no conversation any more', async () => {
      const read = await stores.history.readMeasured(testCaller, next());
      await conversations().delete(testCaller, conversationId);
      expect(await stores.history.readLocked(testCaller, next(), read)).toEqual([]);
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
