import {
  type AppError,
  type FunctionCallItem,
  functionCall,
  responsesQueued,
  rightsOf,
} from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { createParts, eventsOf, stays, typesOf } from '../testing/create-parts.ts';

const refusal = (code: AppError['code']) => expect.objectContaining({ code }) as AppError;
const proposed = (callId: string): FunctionCallItem =>
  functionCall({
    id: `fc_${callId}`,
    callId,
    name: 'delete_file',
    arguments: '{}',
    executor: 'server',
    state: 'pending_approval',
  });
const accept = (callId: string) => ({ callId, action: 'accept' as const });
const reject = (callId: string) => ({ callId, action: 'reject' as const, message: null });
const named = { conversationId: null, responseId: 'resp_test' };

function paused(changes: Parameters<typeof testResponse>[0] = {}) {
  const parts = createParts();
  const creator = { ...testCaller, scopes: ['tools'] };
  parts.memory.put(
    testResponse({
      status: 'requires_action',
      output: [proposed('call_1'), proposed('call_2')],
      rights: rightsOf(creator),
      ...changes,
    }),
  );
  let rings = 0;
  parts.bus.subscribe(responsesQueued, () => void rings++);
  return { ...parts, rings: () => rings };
}

it('continues a decided response as its events are pulled, with the rights of its creator', async () => {
  const { decisions, runner } = paused();
  const decided = { of: named, decisions: [accept('call_1'), reject('call_2')], reply: 'stream' as const };
  const takeBack = () => false;
  const events = await decisions.decide(testCaller, decided, stays, takeBack);
  expect(runner.starts).toEqual([]);
  const types = await typesOf(events);
  expect(types[0]).toBe('response.in_progress');
  expect(types.at(-1)).toBe('response.completed');
  expect(runner.starts).toMatchObject([{ caller: { scopes: ['tools'] }, mayMove: false, takeBack }]);
});

it('queues a decided background response for the workers', async () => {
  const { decisions, runner, rings } = paused({ background: true });
  const decided = { of: named, decisions: [accept('call_1'), accept('call_2')], reply: 'json' as const };
  const events = await eventsOf(await decisions.decide(testCaller, decided, stays, () => true));
  expect(events.at(-1)?.type).toBe('response.queued');
  expect(runner.starts).toEqual([]);
  await expect.poll(rings).toBe(1);
});

it('leaves a response paused while calls are undecided and none is approved', async () => {
  const { decisions, memory, rings } = paused();
  const decided = { of: named, decisions: [reject('call_1')], reply: 'json' as const };
  const events = await eventsOf(await decisions.decide(testCaller, decided, stays, () => true));
  expect(events.at(-1)?.type).toBe('response.requires_action');
  expect([memory.rows.get('resp_test')?.status, rings()]).toEqual(['requires_action', 0]);
});

it('queues a response that was decided without its stream, and returns the response after the decisions', async () => {
  const { decisions, runner, rings } = paused();
  const response = await decisions.decideAside(testCaller, 'resp_test', [accept('call_1'), reject('call_2')]);
  expect(response.status).toBe('queued');
  expect(runner.starts).toEqual([]);
  await expect.poll(rings).toBe(1);
});

it('finds the paused response of a conversation', async () => {
  const { decisions, memory } = paused({ conversationId: 'conv_1' });
  await memory.conversations.open(testCaller, 'conv_1');
  const inConversation = (conversationId: string) => ({
    of: { conversationId, responseId: null },
    conversation: 'existing' as const,
    decisions: [accept('call_1'), accept('call_2')],
    reply: 'json' as const,
  });
  const decide = (id: string) => decisions.decide(testCaller, inConversation(id), stays, () => true);
  await expect(decide('conv_2')).rejects.toEqual(refusal('not_found'));
  await memory.conversations.open({ ...testCaller, userId: 'user_b' }, 'conv_3');
  await expect(decide('conv_3')).rejects.toEqual(refusal('forbidden'));
  await eventsOf(await decide('conv_1'));
  await expect(decide('conv_1')).rejects.toEqual(refusal('invalid_request'));
});
