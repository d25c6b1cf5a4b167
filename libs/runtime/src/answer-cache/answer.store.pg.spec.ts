import { testCaller } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { newResponse } from '../testing/new-response.ts';
import { storeLimits, testStores } from '../testing/test-stores.ts';
import { AnswerStore } from './answer.store.ts';
import { ConversationStore } from '../conversations/conversation.store.ts';
import { ConversationTurnsStore } from '../conversations/conversation-turns.store.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
const { dataSource } = database;
const stores = storesWith({}, 'responses-1');
const answers = new AnswerStore(dataSource, { keepMs: 60_000, perUserMax: 2 });
const conversations = new ConversationTurnsStore(dataSource, {
  ...storeLimits,
  historyMax: 10,
  pageBytesMax: 20_000,
});

const otherCaller = { ...testCaller, userId: 'user_b' };
const stored = async (changes: Parameters<typeof newResponse>[0] = {}) => {
  const response = newResponse({ status: 'completed', background: false, ...changes });
  await stores.responses.insert(response);
  return response.id;
};

it('finds an answer for its caller only, and as long as its response exists', async () => {
  const id = await stored();
  await answers.keep(testCaller, 'hash', id);
  expect((await answers.find(testCaller, 'hash'))?.id).toBe(id);
  expect(await answers.find(otherCaller, 'hash')).toBeNull();
  expect(await answers.find(testCaller, 'other')).toBeNull();
  await stores.responses.delete(testCaller, id);
  expect(await answers.find(testCaller, 'hash')).toBeNull();
});

it('keeps the newest answers of a caller, each for its retention', async () => {
  for (const hash of ['one', 'two', 'three']) await answers.keep(testCaller, hash, await stored());
  const found = await Promise.all(['one', 'two', 'three'].map((hash) => answers.find(testCaller, hash)));
  expect(found.map((answer) => answer !== null)).toEqual([false, true, true]);
  const hasty = new AnswerStore(database.dataSource, { keepMs: 0, perUserMax: 2 });
  expect(await hasty.find(testCaller, 'three')).toBeNull();
});

it('ignores a response that was deleted', async () => {
  await answers.keep(testCaller, 'hash', 'resp_0000000000000000000000000000000000');
  expect(await answers.find(testCaller, 'hash')).toBeNull();
});

it('lists conversations page by page, and removes one with its responses', async () => {
  for (const conversationId of ['first', 'second']) {
    await new ConversationStore(database.dataSource, storeLimits).open(testCaller, conversationId);
    await stored({ conversationId });
  }
  await new ConversationStore(database.dataSource, storeLimits).open(otherCaller, 'first');
  const page = await conversations.list(testCaller, { after: null, limit: 1 });
  expect(page).toMatchObject({ conversations: [{ id: 'second', status: 'completed' }], hasMore: true });
  const next = await conversations.list(testCaller, { after: 'second', limit: 1 });
  expect(next).toMatchObject({ conversations: [{ id: 'first' }], hasMore: false });
  expect(await conversations.list(testCaller, { after: 'unknown', limit: 1 })).toBeNull();

  const turns = (await conversations.read(testCaller, 'first'))?.turns ?? [];
  expect(turns).toHaveLength(1);
  expect(await conversations.delete(testCaller, 'first')).toBe(true);
  expect(await conversations.delete(testCaller, 'first')).toBe(false);
  expect(await stores.responses.find(testCaller, turns[0]?.id ?? '')).toBeNull();
  expect(await conversations.read(otherCaller, 'first')).toMatchObject({ turns: [] });
});

it('reads the newest turns of a conversation within its bytes, and whether there are more', async () => {
  await new ConversationStore(database.dataSource, storeLimits).open(testCaller, 'long');
  const instructions = 'x'.repeat(12_000);
  for (const createdAt of [1_000, 2_000]) await stored({ conversationId: 'long', instructions, createdAt });
  expect(await conversations.read(testCaller, 'long')).toMatchObject({
    turns: [{ createdAt: 2_000 }],
    hasMore: true,
  });
});

it('fails a response that was stored as a pause when its time is over', async () => {
  const hasty = testStores(database.dataSource, {
    limits: {
      pauseMs: { hand_back: null, wait: null, stay: null, hold: 0 },
    },
  });
  const response = newResponse({ status: 'requires_action', background: false, onPause: 'hold' });
  await hasty.responses.insert(response);
  expect(await hasty.leases.sweep()).toMatchObject([{ id: response.id, status: 'failed' }]);
});
