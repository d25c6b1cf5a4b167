import type { Caller, MessageItem, Response } from '@antiphon/contracts';
import { functionCall, newId } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { newResponse } from '../testing/new-response.ts';
import { storeLimits, testStores } from '../testing/test-stores.ts';
import { ConversationStore } from './conversation.store.ts';
import { findItems } from '../responses/find-items.ts';
import { type Query, queryOn } from '../database/raw-sql.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const otherCaller: Caller = { ...testCaller, userId: 'user_b', tenantId: 'user_b' };

const unhurried = new AbortController().signal;

const { database, storesWith } = await responsesDatabase();
const stores = storesWith();
const conversations = new ConversationStore(database.dataSource, storeLimits);

const message = (text: string, role: MessageItem['role'] = 'user'): MessageItem => ({
  type: 'message',
  id: newId('message'),
  role,
  content: [{ type: 'text', text }],
  status: 'completed',
});

const open = async (...texts: string[]) =>
  (await conversations.create(testCaller, { metadata: {}, items: texts.map((text) => message(text)) })).id;

const turnIn = (conversationId: string, text: string) =>
  newResponse({ conversationId, input: [message(text)] });

/** Runs a turn to its end. */
async function say(conversationId: string, text: string, changes: Partial<Response> = {}): Promise<Response> {
  const response = turnIn(conversationId, text);
  const lease = await stores.responses.insertRunning(response);
  const ended: Response = {
    ...response,
    status: 'completed',
    output: [message(`${text}!`, 'assistant')],
    ...changes,
  };
  expect(await stores.leases.finish(lease, ended)).toBe(true);
  return ended;
}

const texts = (items: unknown) =>
  [...JSON.stringify(items).matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text);
const wholePage = { after: null, limit: 100, order: 'asc' } as const;
const itemsIn = async (id: string, caller = testCaller) =>
  (await conversations.page(caller, id, wholePage))?.items ?? null;
const textsIn = async (id: string) => texts(await itemsIn(id));

describe('a turn', () => {
  it('is written when it ends, input and output, and the next turn reads it', async () => {
    const id = await open('hello');
    const response = turnIn(id, 'one');
    const lease = await stores.responses.insertRunning(response);
    expect(await textsIn(id)).toEqual(['hello']);
    await stores.leases.finish(lease, {
      ...response,
      status: 'completed',
      output: [message('one!', 'assistant')],
    });
    expect(await textsIn(id)).toEqual(['hello', 'one', 'one!']);

    const next = turnIn(id, 'two');
    expect(texts(await stores.history.read(testCaller, next))).toEqual(['hello', 'one', 'one!']);
    const ended = await say(id, 'three');
    expect(texts(await stores.history.read(testCaller, ended))).toEqual(['hello', 'one', 'one!']);
  });

  it('that failed or was cancelled leaves no items', async () => {
    const id = await open();
    await say(id, 'failed', { status: 'failed' });
    const cancelled = turnIn(id, 'cancelled');
    await stores.responses.insertRunning(cancelled);
    await stores.responses.cancel(testCaller, cancelled.id);
    const pausedFirst = await say(id, 'paused', { status: 'requires_action' });
    expect(await textsIn(id)).toEqual(['paused', 'paused!']);
    await stores.responses.cancel(testCaller, pausedFirst.id);
    expect(await textsIn(id)).toEqual([]);
  });

  it('is gone with its response', async () => {
    const id = await open('hello');
    const { id: responseId } = await say(id, 'one');
    await stores.responses.delete(otherCaller, responseId);
    expect(await textsIn(id)).toEqual(['hello', 'one', 'one!']);
    await stores.responses.delete(testCaller, responseId);
    expect(await textsIn(id)).toEqual(['hello']);
  });

  it('completes although the conversation was deleted during the run', async () => {
    const id = await open();
    const response = turnIn(id, 'one');
    const lease = await stores.responses.insertRunning(response);
    await conversations.delete(testCaller, id);
    expect(await stores.leases.finish(lease, { ...response, status: 'completed' })).toBe(true);
    expect(await itemsIn(id)).toBeNull();
  });
});

describe('a conversation', () => {
  it('has one run at a time, whichever process runs it', async () => {
    const id = await open();
    const first = turnIn(id, 'one');
    const lease = await stores.responses.insertRunning(first);
    const others = [
      turnIn(id, 'two'),
      { ...turnIn(id, 'three'), status: 'queued' as const, background: true },
    ];
    // In one statement with a response of another conversation.
    const unrelated = newResponse();
    const outcomes = await Promise.allSettled(
      [...others, unrelated].map((response) => stores.responses.insert(response)),
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'conversation_locked', param: 'conversationId' } });

    await stores.leases.finish(lease, { ...first, status: 'completed' });
    await stores.responses.insertRunning(turnIn(id, 'two'));
  });

  it('is free again when its run was failed by the sweep', async () => {
    const id = await open();
    await stores.responses.insertRunning(turnIn(id, 'one'));
    await database.dataSource.query("update responses.responses set lease_until = now() - interval '1 s'");
    await stores.leases.sweep();
    await stores.responses.insertRunning(turnIn(id, 'two'));
  });

  it('is its owner’s alone', async () => {
    const id = await open('hello');
    expect(await conversations.find(otherCaller, id)).toBeNull();
    expect(await itemsIn(id, otherCaller)).toBeNull();
    expect(await conversations.addItems(otherCaller, id, [message('mine')])).toBeNull();
    expect(await conversations.setMetadata(otherCaller, id, {})).toBeNull();
    expect(await conversations.delete(otherCaller, id)).toBe(false);
    const itemId = (await itemsIn(id))?.[0]?.id ?? '';
    expect(await conversations.item(otherCaller, id, itemId)).toBeNull();
    expect(await conversations.deleteItem(otherCaller, id, itemId)).toBe(false);
    expect(await textsIn(id)).toEqual(['hello']);
  });

  it('keeps added items, and gives an item a new id where its id is taken', async () => {
    const id = await open();
    const item = message('one');
    const [first] = (await conversations.addItems(testCaller, id, [item])) ?? [];
    const [second] = (await conversations.addItems(testCaller, id, [item])) ?? [];
    expect(first?.id).toBe(item.id);
    expect(second?.id).not.toBe(item.id);
    expect(await textsIn(id)).toEqual(['one', 'one']);
    expect(await conversations.deleteItem(testCaller, id, item.id)).toBe(true);
    expect(await textsIn(id)).toEqual(['one']);
    expect(await conversations.setMetadata(testCaller, id, { a: 'b' })).toMatchObject({
      metadata: { a: 'b' },
    });
  });
});

describe('a page of items', () => {
  const narrow = () => new ConversationStore(database.dataSource, { ...storeLimits, pageBytesMax: 1_000 });
  const large = (letter: string) => letter.repeat(700);

  it('goes on after the page before, in either order', async () => {
    const id = await open('a', 'b', 'c');
    const first = await conversations.page(testCaller, id, { after: null, limit: 2, order: 'desc' });
    expect([texts(first?.items), first?.hasMore]).toEqual([['b', 'c'], true]);
    const after = first?.items[0]?.id ?? '';
    const second = await conversations.page(testCaller, id, { after, limit: 2, order: 'desc' });
    expect([texts(second?.items), second?.hasMore]).toEqual([['a'], false]);
    const up = await conversations.page(testCaller, id, { after, limit: 1, order: 'asc' });
    expect([texts(up?.items), up?.hasMore]).toEqual([['c'], false]);
    await expect(
      conversations.page(testCaller, id, { after: 'msg_other', limit: 1, order: 'asc' }),
    ).rejects.toMatchObject({ code: 'invalid_request', param: 'after' });
  });

  it('ends before it has too many bytes, and has at least one entry', async () => {
    const id = await open(large('a'), 'b', large('c'));
    const page = await narrow().page(testCaller, id, { after: null, limit: 100, order: 'asc' });
    expect([texts(page?.items), page?.hasMore]).toEqual([[large('a'), 'b'], true]);
    const whole = await open(large('a').repeat(3));
    expect((await narrow().page(testCaller, whole, wholePage))?.items).toHaveLength(1);
  });

  it('has a call of a server tool with its output as one entry, until that is deleted', async () => {
    const id = await open();
    const call = functionCall({ id: newId('functionCall'), callId: 'c', name: 'search', executor: 'server' });
    const output = {
      type: 'function_call_output' as const,
      id: newId('functionCallOutput'),
      callId: 'c',
      output: 'found',
      status: 'completed' as const,
    };
    await say(id, 'one', { output: [call, output, message('done', 'assistant')] });
    const page = await conversations.page(testCaller, id, { after: null, limit: 2, order: 'desc' });
    expect(page?.items.map(({ type }) => type)).toEqual(['function_call', 'function_call_output', 'message']);
    expect(await conversations.item(testCaller, id, call.id)).toEqual([call, output]);
    expect(await conversations.item(testCaller, id, output.id)).toEqual([call, output]);
    const next = await conversations.page(testCaller, id, { after: output.id, limit: 2, order: 'asc' });
    expect(next?.items.map(({ type }) => type)).toEqual(['message']);
    expect(await conversations.deleteItem(testCaller, id, call.id)).toBe(true);
    expect(await textsIn(id)).toEqual(['one', 'done']);
    expect(await itemsIn(id)).toHaveLength(2);
  });
});

describe('the history of a conversation', () => {
  it('beyond its bytes is refused before it is read, or cut to its newest part', async () => {
    const id = await open('x'.repeat(600), 'y'.repeat(600), 'z'.repeat(600));
    const narrow = testStores(database.dataSource, {
      limits: {
        contextBytesMax: 2_000,
      },
    });
    const turn = turnIn(id, 'go on');
    expect(await narrow.history.read(testCaller, turn)).toHaveLength(2);
    await expect(narrow.history.read(testCaller, { ...turn, keepsContext: true })).rejects.toMatchObject({
      code: 'context_too_long',
    });
  });

  it('of a conversation with branches has the same bounds', async () => {
    const id = await open();
    const first = await say(id, 'x'.repeat(600));
    const second = await say(id, 'y'.repeat(600), { previousResponseId: first.id });
    const next = { ...turnIn(id, 'go on'), previousResponseId: second.id, createdAt: Date.now() + 1_000 };
    const narrow = testStores(database.dataSource, {
      limits: {
        contextBytesMax: 2_500,
      },
    });
    expect(texts(await narrow.history.read(testCaller, next))).toEqual([
      'y'.repeat(600),
      `${'y'.repeat(600)}!`,
    ]);
    await expect(narrow.history.read(testCaller, { ...next, keepsContext: true })).rejects.toMatchObject({
      code: 'context_too_long',
    });
  });
});

describe('items by id', () => {
  it('are found in responses and conversations, calls with their outputs', async () => {
    const call = functionCall({ id: newId('functionCall'), callId: 'c', name: 'search', executor: 'server' });
    const output = {
      type: 'function_call_output' as const,
      id: newId('functionCallOutput'),
      callId: 'c',
      output: 'found',
      status: 'completed' as const,
    };
    const response = newResponse({ status: 'completed', input: [message('hi')], output: [call, output] });
    await stores.responses.insert(response);
    const id = await open('by hand');
    const [byHand] = (await itemsIn(id)) ?? [];
    const ids = [response.input[0]?.id ?? '', call.id, byHand?.id ?? '', newId('message'), 'nonsense'];

    const found = await stores.items.find(testCaller, ids, unhurried);
    expect([...found.keys()].sort()).toEqual(ids.slice(0, 3).sort());
    expect(found.get(call.id)).toEqual([call, output]);
    expect((await stores.items.find(otherCaller, ids, unhurried)).size).toBe(0);
  });

  it('are not read where they are too large together, repeated ids counted each time', async () => {
    const narrow = testStores(database.dataSource, {
      limits: {
        contextBytesMax: 1_500,
      },
    });
    const ended = newResponse({ status: 'completed', output: [message('x'.repeat(600), 'assistant')] });
    await stores.responses.insert(ended);
    const ids = [ended.output[0]?.id ?? ''];
    expect((await narrow.items.find(testCaller, ids, unhurried)).size).toBe(1);
    const twice = [...ids, ...ids, ...ids];
    await expect(narrow.items.find(testCaller, twice, unhurried)).rejects.toMatchObject({
      code: 'context_too_long',
    });
    const [kept] = (await itemsIn(await open('y'.repeat(1_600)))) ?? [];
    await expect(narrow.items.find(testCaller, [kept?.id ?? ''], unhurried)).rejects.toMatchObject({
      code: 'context_too_long',
    });
  });

  it('are read in as many queries as one item is, and in no more once the client has gone', async () => {
    const made = Array.from({ length: 40 }, (_, i) =>
      newResponse({ status: 'completed', output: [message(`${i}`, 'assistant')] }),
    );
    await Promise.all(made.map((response) => stores.responses.insert(response)));
    const ids = made.map(({ output }) => output[0]?.id ?? '');
    const queries: string[] = [];
    const query: Query = (sql, values) => {
      queries.push(sql);
      return queryOn(database.dataSource)(sql, values);
    };
    const found = await findItems(query, testCaller, ids, 1_000_000, unhurried);
    expect(ids.map((id) => texts(found.get(id)))).toEqual(ids.map((_, i) => [`${i}`]));
    expect(queries).toHaveLength(2);
    const gone = AbortSignal.abort();
    await expect(findItems(query, testCaller, ids, 1_000_000, gone)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(queries).toHaveLength(3);
  });
});

describe('a list of responses', () => {
  const all = {
    statuses: null,
    model: null,
    conversationId: null,
    metadata: {},
    after: null,
    limit: 2,
    order: 'desc' as const,
  };

  it('has pages and filters', async () => {
    const made = [1_000, 2_000, 3_000].map((createdAt) => newResponse({ createdAt, status: 'completed' }));
    const failed = newResponse({
      createdAt: 4_000,
      status: 'failed',
      metadata: { project: 'x', other: 'y' },
      model: 'm',
    });
    for (const response of [...made, failed]) await stores.responses.insert(response);
    const list = async (filter: Partial<typeof all> | object) => {
      const page = await stores.responses.list(testCaller, { ...all, ...filter });
      return page && [page.responses.map(({ createdAt }) => createdAt), page.hasMore];
    };

    expect(await list({})).toEqual([[4_000, 3_000], true]);
    expect(await list({ after: made[2]?.id })).toEqual([[2_000, 1_000], false]);
    expect(await list({ order: 'asc', after: made[0]?.id, limit: 1 })).toEqual([[2_000], true]);
    expect(await list({ statuses: ['failed'] })).toEqual([[4_000], false]);
    expect(await list({ model: 'm', metadata: { project: 'x' } })).toEqual([[4_000], false]);
    expect(await list({ metadata: { project: 'z' } })).toEqual([[], false]);
    expect(await list({ conversationId: 'none' })).toEqual([[], false]);
    expect(await list({ after: newId('response') })).toBeNull();
    expect(await stores.responses.list(otherCaller, all)).toMatchObject({ responses: [] });
  });
});
