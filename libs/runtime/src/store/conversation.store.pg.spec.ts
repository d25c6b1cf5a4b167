import type { Caller, MessageItem, Response } from '@antiphon/contracts';
import { functionCall, newId } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { responsesSchema } from '../database-schema.ts';
import { loadHistory } from '../history.ts';
import { newResponse } from '../testing/new-response.ts';
import { storeLimits } from '../testing/store-limits.ts';
import { ConversationStore } from './conversation.store.ts';
import { ResponseStore } from './response.store.ts';

const stranger: Caller = { ...testCaller, userId: 'user_b', tenantId: 'user_b' };

let database: TestDatabase;
let responses: ResponseStore;
let conversations: ConversationStore;
beforeAll(async () => {
  database = await createTestDatabase(responsesSchema);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.dataSource.query('truncate responses.responses, responses.conversations cascade');
  responses = new ResponseStore(database.dataSource, 'worker-1', storeLimits);
  conversations = new ConversationStore(database.dataSource, { historyItemsMax: 100 });
});

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
  const lease = await responses.insertRunning(response);
  const ended: Response = {
    ...response,
    status: 'completed',
    output: [message(`${text}!`, 'assistant')],
    ...changes,
  };
  expect(await responses.finish(lease, ended)).toBe(true);
  return ended;
}

const texts = (items: unknown) =>
  [...JSON.stringify(items).matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text);
const textsIn = async (id: string) => texts(await conversations.items(testCaller, id));

describe('a turn', () => {
  it('is written when it ends, both sides of it, and is what the next goes on from', async () => {
    const id = await open('hello');
    const response = turnIn(id, 'one');
    const lease = await responses.insertRunning(response);
    expect(await textsIn(id)).toEqual(['hello']);
    await responses.finish(lease, {
      ...response,
      status: 'completed',
      output: [message('one!', 'assistant')],
    });
    expect(await textsIn(id)).toEqual(['hello', 'one', 'one!']);

    const next = turnIn(id, 'two');
    expect(texts(await loadHistory(responses, testCaller, next))).toEqual(['hello', 'one', 'one!']);
    const ended = await say(id, 'three');
    expect(texts(await loadHistory(responses, testCaller, ended))).toEqual(['hello', 'one', 'one!']);
  });

  it('that failed or was cancelled leaves nothing', async () => {
    const id = await open();
    await say(id, 'failed', { status: 'failed' });
    const cancelled = turnIn(id, 'cancelled');
    await responses.insertRunning(cancelled);
    await responses.cancel(testCaller, cancelled.id);
    const pausedFirst = await say(id, 'paused', { status: 'requires_action' });
    expect(await textsIn(id)).toEqual(['paused', 'paused!']);
    await responses.cancel(testCaller, pausedFirst.id);
    expect(await textsIn(id)).toEqual([]);
  });

  it('is gone with its response', async () => {
    const id = await open('hello');
    const { id: responseId } = await say(id, 'one');
    await responses.delete(stranger, responseId);
    expect(await textsIn(id)).toEqual(['hello', 'one', 'one!']);
    await responses.delete(testCaller, responseId);
    expect(await textsIn(id)).toEqual(['hello']);
  });

  it('ends well where the conversation was deleted meanwhile', async () => {
    const id = await open();
    const response = turnIn(id, 'one');
    const lease = await responses.insertRunning(response);
    await conversations.delete(testCaller, id);
    expect(await responses.finish(lease, { ...response, status: 'completed' })).toBe(true);
    expect(await conversations.items(testCaller, id)).toBeNull();
  });
});

describe('a conversation', () => {
  it('has one run at a time, whoever has it', async () => {
    const id = await open();
    const first = turnIn(id, 'one');
    const lease = await responses.insertRunning(first);
    const others = [
      turnIn(id, 'two'),
      { ...turnIn(id, 'three'), status: 'queued' as const, background: true },
    ];
    // Together with one that has nothing to do with it, in one statement.
    const unrelated = newResponse();
    const outcomes = await Promise.allSettled(
      [...others, unrelated].map((response) => responses.insert(response)),
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'conversation_locked', param: 'conversationId' } });

    await responses.finish(lease, { ...first, status: 'completed' });
    await responses.insertRunning(turnIn(id, 'two'));
  });

  it('is free again when its run is dead', async () => {
    const id = await open();
    await responses.insertRunning(turnIn(id, 'one'));
    await database.dataSource.query("update responses.responses set lease_until = now() - interval '1 s'");
    await responses.sweep();
    await responses.insertRunning(turnIn(id, 'two'));
  });

  it('is its owner’s alone', async () => {
    const id = await open('hello');
    expect(await conversations.find(stranger, id)).toBeNull();
    expect(await conversations.items(stranger, id)).toBeNull();
    expect(await conversations.addItems(stranger, id, [message('mine')])).toBeNull();
    expect(await conversations.setMetadata(stranger, id, {})).toBeNull();
    expect(await conversations.delete(stranger, id)).toBe(false);
    await conversations.deleteItems(stranger, id, [
      (await conversations.items(testCaller, id))?.[0]?.id ?? '',
    ]);
    expect(await textsIn(id)).toEqual(['hello']);
  });

  it('keeps what was put there, and names an item anew whose id is taken', async () => {
    const id = await open();
    const item = message('one');
    const [first] = (await conversations.addItems(testCaller, id, [item])) ?? [];
    const [second] = (await conversations.addItems(testCaller, id, [item])) ?? [];
    expect(first?.id).toBe(item.id);
    expect(second?.id).not.toBe(item.id);
    expect(await textsIn(id)).toEqual(['one', 'one']);
    await conversations.deleteItems(testCaller, id, [item.id]);
    expect(await textsIn(id)).toEqual(['one']);
    expect(await conversations.setMetadata(testCaller, id, { a: 'b' })).toMatchObject({
      metadata: { a: 'b' },
    });
  });
});

describe('items by id', () => {
  it('are found in responses and conversations, with what belongs to them', async () => {
    const call = functionCall({ id: newId('functionCall'), callId: 'c', name: 'search', executor: 'server' });
    const output = {
      type: 'function_call_output' as const,
      id: newId('functionCallOutput'),
      callId: 'c',
      output: 'found',
      status: 'completed' as const,
    };
    const response = newResponse({ status: 'completed', input: [message('hi')], output: [call, output] });
    await responses.insert(response);
    const id = await open('by hand');
    const [byHand] = (await conversations.items(testCaller, id)) ?? [];
    const ids = [response.input[0]?.id ?? '', call.id, byHand?.id ?? '', newId('message'), 'nonsense'];

    const found = await responses.findItems(testCaller, ids);
    expect([...found.keys()].sort()).toEqual(ids.slice(0, 3).sort());
    expect(found.get(call.id)).toEqual([call, output]);
    expect((await responses.findItems(stranger, ids)).size).toBe(0);
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
    for (const response of [...made, failed]) await responses.insert(response);
    const list = async (filter: Partial<typeof all> | object) => {
      const page = await responses.list(testCaller, { ...all, ...filter });
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
    expect(await responses.list(stranger, all)).toMatchObject({ responses: [] });
  });
});
