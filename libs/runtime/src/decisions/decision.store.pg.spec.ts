import {
  type Decision,
  functionCall,
  type FunctionCallItem,
  type Item,
  type Response,
} from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { newResponse, otherCaller } from '../testing/new-response.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { storesWith } = await responsesDatabase();
const stores = storesWith();

const pendingCall = (callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem =>
  functionCall({
    id: `fc_${callId}`,
    callId,
    name: 'post_http_requests',
    arguments: '{"url":"http://a"}',
    executor: 'server',
    state: 'pending_approval',
    ...changes,
  });

/** A foreground run that waits for its caller. */
async function paused(changes: Partial<Response> = {}, from = stores): Promise<Response> {
  const running = newResponse({ onPause: 'wait', output: [pendingCall('a'), pendingCall('b')], ...changes });
  const lease = await from.responses.insertRunning(running);
  const response: Response = { ...running, status: 'requires_action' };
  expect(await from.leases.finish(lease, response)).toBe(true);
  return response;
}

describe('a decision', () => {
  const accept = (callId: string): Decision => ({ callId, action: 'accept' });

  it('lets a run go on here, and is recorded with the proposed and the run arguments', async () => {
    const { id } = await paused();
    const decisions: Decision[] = [
      { callId: 'a', action: 'edit', arguments: '{"url":"http://b"}' },
      { callId: 'b', action: 'reject', message: 'no' },
    ];

    const decided = await stores.decisions.decide(testCaller, id, decisions, 'here');

    expect(decided?.response).toMatchObject({ status: 'in_progress' });
    expect(decided?.lease && (await stores.leases.heartbeat([decided.lease]))).toEqual(
      new Set([decided?.lease]),
    );
    expect(await stores.decisions.list(testCaller, id)).toMatchObject([
      {
        callId: 'a',
        action: 'edit',
        proposedArguments: '{"url":"http://a"}',
        runArguments: '{"url":"http://b"}',
        message: null,
        userId: testCaller.userId,
      },
      { callId: 'b', action: 'reject', runArguments: null, message: 'no' },
    ]);
    expect(await stores.decisions.list(otherCaller, id)).toEqual([]);
  });

  it('leaves the response paused where it approves nothing and other calls wait', async () => {
    const { id } = await paused();
    const decided = await stores.decisions.decide(
      testCaller,
      id,
      [{ callId: 'a', action: 'feedback', message: 'hm' }],
      'here',
    );
    expect(decided).toMatchObject({ lease: null, response: { status: 'requires_action' } });
    expect((await stores.responses.find(testCaller, id))?.output).toHaveLength(4);
    expect(await stores.decisions.decide(testCaller, id, [accept('b')], 'here')).toMatchObject({
      response: { status: 'in_progress' },
    });
  });

  it('is made once of two at the same time', async () => {
    const { id } = await paused({ output: [pendingCall('a')] });
    const both = await Promise.allSettled([
      stores.decisions.decide(testCaller, id, [accept('a')], 'here'),
      stores.decisions.decide(testCaller, id, [{ callId: 'a', action: 'reject', message: null }], 'here'),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'invalid_request' },
    });
    expect(await stores.decisions.list(testCaller, id)).toHaveLength(1);
  });

  it('finds its response by the conversation', async () => {
    const conversation = { conversationId: 'talk' };
    const first = await paused({ ...conversation, createdAt: Date.now() - 1_000 });
    const latest = await paused(conversation);
    await stores.responses.insert(newResponse({ ...conversation, status: 'completed' }));

    expect(await stores.decisions.pausedIn(testCaller, 'talk', null)).toBe(latest.id);
    expect(await stores.decisions.pausedIn(testCaller, 'talk', first.id)).toBe(first.id);
    expect(await stores.decisions.pausedIn(testCaller, 'another', null)).toBeNull();
    expect(await stores.decisions.pausedIn(otherCaller, 'talk', null)).toBeNull();
  });

  it("is its owner's", async () => {
    const { id } = await paused();
    expect(await stores.decisions.decide(otherCaller, id, [accept('a')], 'here')).toBeNull();
  });

  it('queues a run first for the process that holds it, then for every worker', async () => {
    const holding = storesWith({ headStartMs: 60_000 });
    const waiting = [pendingCall('a', { executor: 'client', state: 'pending_output' })];
    const output: Decision = { callId: 'a', action: 'output', output: '42' };
    const held = await paused({ onPause: 'hold', output: waiting }, holding);
    const left = await paused({ onPause: 'hold', output: waiting });

    await holding.decisions.decide(testCaller, held.id, [output], 'queued');
    await stores.decisions.decide(testCaller, left.id, [output], 'queued');

    expect((await stores.leases.claim(5)).map(({ response }) => response.id)).toEqual([left.id]);
    expect((await holding.leases.takeUp(held.id))?.response).toMatchObject({
      id: held.id,
      status: 'in_progress',
    });
    expect(await holding.leases.takeUp(held.id)).toBeNull();
  });
});

describe('a response that decides about the one before it', () => {
  const approvals = (approve: boolean): Item[] =>
    ['a', 'b'].map((call) => ({
      type: 'approval_response',
      id: `mcpr_${call}`,
      approvalRequestId: pendingCall(call).id,
      approve,
      reason: null,
      status: 'completed',
    }));
  const next = (previousResponseId: string, changes: Partial<Response> = {}) =>
    newResponse({ previousResponseId, input: approvals(true), ...changes });
  const extras = (decides: string) => ({ isRunning: true, log: null, key: null, decides });

  it('is stored with the end of the paused response and the decisions, once of two at the same time', async () => {
    const { id } = await paused({ onPause: 'hand_back' });
    const [one, two] = [next(id), next(id, { input: approvals(false) })];
    const both = await Promise.allSettled([
      stores.responses.insertWith(one, extras(id)),
      stores.responses.insertWith(two, extras(id)),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'invalid_request' },
    });
    expect(await stores.responses.find(testCaller, id)).toMatchObject({ status: 'completed' });
    expect(await stores.decisions.list(testCaller, id)).toHaveLength(2);
    const stored = [
      await stores.responses.find(testCaller, one.id),
      await stores.responses.find(testCaller, two.id),
    ];
    expect(stored.filter((response) => response !== null)).toHaveLength(1);
  });

  it('need not be stored itself', async () => {
    const { id } = await paused({ onPause: 'hand_back' });
    const unstored = next(id, { stored: false });
    expect(await stores.responses.insertWith(unstored, extras(id))).toEqual({ lease: null });
    expect(await stores.responses.find(testCaller, id)).toMatchObject({ status: 'completed' });
    expect(await stores.responses.find(testCaller, unstored.id)).toBeNull();
  });

  it("is its owner's to make", async () => {
    const { id } = await paused({ onPause: 'hand_back' });
    const theirs = next(id, { userId: otherCaller.userId });
    await expect(stores.responses.insertWith(theirs, extras(id))).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await stores.responses.find(testCaller, id)).toMatchObject({ status: 'requires_action' });
  });
});
