import { type AppError, functionCall, runsAdvanced } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import {
  createParts,
  createRequest,
  eventsOf,
  plain,
  stays,
  streamed,
  userSays,
} from '../testing/create-parts.ts';
import { answering, ended, says } from '../testing/scripted-runner.ts';
import type { CreateOptions } from './create-options.ts';
import { lastResponse } from './response-events.ts';

const other = { ...testCaller, userId: 'user_b' };
const refusal = (code: AppError['code'], more: object = {}) =>
  expect.objectContaining({ code, ...more }) as AppError;

describe('previous_response_id', () => {
  it('adds the earlier turns to the history of the run', async () => {
    const { creates, memory, runner } = createParts();
    memory.put(ended(testResponse({ id: 'resp_1', output: [says('Hello')] })));
    await eventsOf(
      await creates.create(testCaller, createRequest({ previousResponseId: 'resp_1' }), plain, stays),
    );
    expect(runner.starts[0]?.history).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
  });

  it.each([
    ['in_progress', 'conflict'],
    ['queued', 'conflict'],
    ['failed', 'invalid_request'],
    ['cancelled', 'invalid_request'],
  ] as const)('may not name a response that is %s', async (status, code) => {
    const { creates, memory } = createParts();
    memory.put(testResponse({ id: 'resp_1', status }));
    await expect(
      creates.create(testCaller, createRequest({ previousResponseId: 'resp_1' }), plain, stays),
    ).rejects.toEqual(refusal(code, { param: 'previousResponseId' }));
  });

  it('may not name a response of another user', async () => {
    const { creates, memory } = createParts();
    memory.put(ended(testResponse({ id: 'resp_1' })));
    await expect(
      creates.create(other, createRequest({ previousResponseId: 'resp_1' }), plain, stays),
    ).rejects.toEqual(refusal('not_found'));
  });

  it('needs the outputs of the calls that were handed back, and no others', async () => {
    const { creates, memory } = createParts();
    const call = functionCall({ id: 'fc_1', callId: 'call_1', name: 'weather', executor: 'client' });
    memory.put(ended(testResponse({ id: 'resp_1', output: [call] })));
    const output = (callId: string) => ({
      type: 'function_call_output' as const,
      id: `fco_${callId}`,
      callId,
      output: 'Sunny',
      status: 'completed' as const,
    });
    const following = (...input: ReturnType<typeof output>[]) =>
      creates.create(testCaller, createRequest({ previousResponseId: 'resp_1', input }), plain, stays);
    await expect(following()).rejects.toThrow('No tool output found for function call call_1');
    await expect(following(output('call_1'), output('call_2'))).rejects.toThrow('call_2');
    await expect(following(output('call_1'))).resolves.toBeDefined();
  });
});

describe('a conversation', () => {
  const inConversation = (
    conversation?: CreateOptions['conversation'],
    willStream = false,
  ): CreateOptions => ({
    willStream,
    conversation,
  });
  const request = createRequest({ conversationId: 'conv_1' });

  it('must exist unless the dialect lets callers choose its name', async () => {
    const { creates, memory } = createParts();
    await expect(creates.create(testCaller, request, inConversation(), stays)).rejects.toEqual(
      refusal('not_found'),
    );
    await creates.create(testCaller, request, inConversation('named'), stays);
    expect(memory.owners.get('conv_1')).toBe(testCaller.userId);
    await expect(creates.create(testCaller, request, inConversation(), stays)).resolves.toBeDefined();
  });

  it('of another user is `not_found`, or `forbidden` in dialects with ids of the server', async () => {
    const { creates, memory } = createParts();
    await memory.conversations.open(other, 'conv_1');
    await expect(creates.create(testCaller, request, inConversation(), stays)).rejects.toEqual(
      refusal('not_found'),
    );
    await expect(creates.create(testCaller, request, inConversation('existing'), stays)).rejects.toEqual(
      refusal('forbidden'),
    );
  });

  it('is created by a response, and inherited by the next one', async () => {
    const { creates, memory } = createParts();
    const [first] = await eventsOf(
      await creates.create(testCaller, createRequest(), inConversation('new', true), stays),
    );
    const [conversationId] = memory.owners.keys();
    if (first?.type !== 'response.created') throw new Error('it did not start');
    expect(first.response.conversationId).toBe(conversationId);
    const next = createRequest({ previousResponseId: first.response.id });
    const [second] = await eventsOf(
      await creates.create(testCaller, next, inConversation('inherited'), stays),
    );
    expect(second).toMatchObject({ response: { conversationId } });
  });

  it('has a row for its run, which reads the items that were added until then', async () => {
    const { creates, memory, runner } = createParts();
    await memory.conversations.open(testCaller, 'conv_1');
    memory.beforeInsert = () => void memory.added.set('conv_1', [says('Added')]);
    await eventsOf(await creates.create(testCaller, request, inConversation(), stays));
    expect(runner.starts[0]?.history).toEqual([says('Added')]);
  });

  it('may refuse a response while tool calls wait for decisions', async () => {
    const { creates, memory } = createParts();
    await memory.conversations.open(testCaller, 'conv_1');
    memory.put(testResponse({ id: 'resp_1', conversationId: 'conv_1', status: 'requires_action' }));
    const refusing = { ...inConversation(), refusesWhilePaused: true };
    await expect(creates.create(testCaller, request, refusing, stays)).rejects.toEqual(refusal('conflict'));
    await expect(creates.create(testCaller, request, inConversation(), stays)).resolves.toBeDefined();
  });
});

describe('an approval in the input', () => {
  it('decides the paused response together with the insert, and announces it', async () => {
    const { creates, memory, bus } = createParts();
    const call = functionCall({
      id: 'fc_1',
      callId: 'call_1',
      name: 'delete_file',
      executor: 'server',
      state: 'pending_approval',
    });
    memory.put(testResponse({ id: 'resp_1', status: 'requires_action', output: [call] }));
    const announced: (string | null)[] = [];
    bus.subscribe(runsAdvanced, (_payload, id) => announced.push(id), 'resp_1');
    const approval = {
      type: 'approval_response' as const,
      id: 'mcpr_1',
      approvalRequestId: 'fc_1',
      approve: true,
      reason: null,
      status: 'completed' as const,
    };
    const following = createRequest({ previousResponseId: 'resp_1', input: [approval] });
    await eventsOf(await creates.create(testCaller, following, plain, stays));
    expect(memory.extras).toMatchObject([{ decides: 'resp_1', isRunning: true, log: null }]);
    expect(memory.rows.get('resp_1')?.status).toBe('completed');
    await expect.poll(() => announced).toEqual(['resp_1']);
  });
});

describe('an answer that may be reused', () => {
  const reusing: CreateOptions = { willStream: true, mayReuse: true };

  it('is returned for an equal request, without a run', async () => {
    const { creates, runner } = createParts();
    await eventsOf(await creates.create(testCaller, createRequest(), reusing, stays));
    runner.script = answering('Another');
    const events = await eventsOf(await creates.create(testCaller, createRequest(), reusing, stays));
    expect(lastResponse(events)).toMatchObject({
      status: 'completed',
      isFromCache: true,
      output: [{ content: [{ type: 'text', text: 'Hello' }] }],
    });
    expect(runner.starts).toHaveLength(1);
  });

  it('is not used for another request, another user, or a request that does not allow it', async () => {
    const { creates, runner } = createParts();
    await eventsOf(await creates.create(testCaller, createRequest(), reusing, stays));
    const others: [typeof testCaller, Parameters<typeof createRequest>[0], CreateOptions][] = [
      [testCaller, { input: [userSays('Hello?')] }, reusing],
      [other, {}, reusing],
      [testCaller, {}, streamed],
    ];
    for (const [caller, changes, options] of others)
      await eventsOf(await creates.create(caller, createRequest(changes), options, stays));
    expect(runner.starts).toHaveLength(4);
  });
});
