import { type AppError, type FunctionCallItem, functionCall, type Response } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import type { DecisionStore, ResponseStore } from '@antiphon/runtime';
import { expect, it } from 'vitest';
import { createParts } from '../testing/create-parts.ts';
import { encodeApprovals } from './approval-wire.ts';
import { type ApprovalPageQuery, ApprovalsService } from './approvals.service.ts';

const refusal = (code: AppError['code']) => expect.objectContaining({ code }) as AppError;
const proposed = (callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem =>
  functionCall({
    id: `fc_${callId}`,
    callId,
    name: 'delete_file',
    arguments: '{"path":"a"}',
    executor: 'server',
    state: 'pending_approval',
    ...changes,
  });
const all: ApprovalPageQuery = { tool: null, after: null, limit: 10 };

/** Two paused runs: a background one of the agent dialect with two calls, and one of the openai dialect with one call. */
function waitingRuns(changes: Partial<Response> = {}) {
  const { memory, decisions } = createParts();
  const paused = { status: 'requires_action' as const, background: true };
  memory.put(
    testResponse({
      ...paused,
      id: 'resp_1',
      dialect: 'agent',
      onPause: 'wait',
      output: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [{ type: 'text', text: 'I clean up.' }],
          status: 'completed',
        },
        proposed('1'),
        proposed('2', { name: 'post_mail' }),
      ],
    }),
  );
  memory.put(testResponse({ ...paused, id: 'resp_2', output: [proposed('3')], ...changes }));
  // The stores in memory have the methods that the services call.
  const stores = [memory.responses as ResponseStore, memory.decisions as DecisionStore] as const;
  return { memory, approvals: new ApprovalsService(...stores, decisions) };
}

it('lists the calls that wait in all runs, page by page, also within a run', async () => {
  const { approvals } = waitingRuns();
  const page = async (query: Partial<ApprovalPageQuery>) => {
    const { data, has_more } = encodeApprovals(await approvals.listWaiting(testCaller, { ...all, ...query }));
    return [data.map(({ id }) => id), has_more];
  };
  expect(await page({})).toEqual([['fc_1', 'fc_2', 'fc_3'], false]);
  expect(await page({ limit: 1 })).toEqual([['fc_1'], true]);
  expect(await page({ limit: 1, after: 'fc_1' })).toEqual([['fc_2'], true]);
  expect(await page({ limit: 1, after: 'fc_2' })).toEqual([['fc_3'], false]);
  expect(await page({ tool: 'post_mail' })).toEqual([['fc_2'], false]);
  await expect(page({ after: 'fc_9' })).rejects.toEqual(refusal('invalid_request'));
  const other = { ...testCaller, userId: 'user_b' };
  expect((await approvals.listWaiting(other, all)).approvals).toEqual([]);
  await expect(approvals.retrieve(other, 'fc_1')).rejects.toEqual(refusal('not_found'));
});

it('shows what the model said before the call', async () => {
  const { approvals } = waitingRuns();
  const { data } = encodeApprovals(await approvals.listWaiting(testCaller, all));
  expect(data[0]).toMatchObject({
    response_id: 'resp_1',
    dialect: 'agent',
    tool: 'delete_file',
    arguments: '{"path":"a"}',
    assistant_text: 'I clean up.',
    decision: null,
  });
});

it('decides in each of the four ways, and lists the decisions, the latest first', async () => {
  const { approvals, memory } = waitingRuns({ output: [proposed('3'), proposed('4')] });
  await approvals.decide(testCaller, 'fc_3', { action: 'reject', message: 'no' });
  await approvals.decide(testCaller, 'fc_4', { action: 'accept' });
  await approvals.decide(testCaller, 'fc_1', { action: 'feedback', message: 'Ask first' });
  const edited = await approvals.decide(testCaller, 'fc_2', { action: 'edit', arguments: '{"to":"me"}' });
  expect(edited).toMatchObject({ call: { arguments: '{"to":"me"}', proposedArguments: '{"path":"a"}' } });
  expect([...memory.rows.values()].map(({ status }) => status)).toEqual(['queued', 'queued']);
  const { data } = encodeApprovals(await approvals.listDecided(testCaller, all));
  expect(data.map(({ id, decision }) => [id, decision?.action, decision?.message])).toEqual([
    ['fc_2', 'edit', null],
    ['fc_1', 'feedback', 'Ask first'],
    ['fc_4', 'accept', null],
    ['fc_3', 'reject', 'no'],
  ]);
  expect((await approvals.listWaiting(testCaller, all)).approvals).toEqual([]);
  const second = await approvals.listDecided(testCaller, { ...all, after: 'fc_1', limit: 1 });
  expect([second.approvals.map(({ call }) => call.id), second.hasMore]).toEqual([['fc_4'], true]);
});

it('counts the first of two decisions', async () => {
  const { approvals } = waitingRuns();
  const both = await Promise.allSettled([
    approvals.decide(testCaller, 'fc_3', { action: 'accept' }),
    approvals.decide(testCaller, 'fc_3', { action: 'reject', message: null }),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(both[1]).toMatchObject({
    reason: { code: 'conflict', message: expect.stringContaining('accept by user_a') as string },
  });
  await expect(approvals.decide(testCaller, 'fc_3', { action: 'accept' })).rejects.toEqual(
    refusal('conflict'),
  );
});

it('refuses arguments that are no JSON object, and leaves the call waiting', async () => {
  const { approvals } = waitingRuns();
  const edit = approvals.decide(testCaller, 'fc_1', { action: 'edit', arguments: '[]' });
  await expect(edit).rejects.toEqual(refusal('invalid_request'));
  expect((await approvals.retrieve(testCaller, 'fc_1')).decision).toBeNull();
});

it('leaves a run to the next request where its access to a server has ended', async () => {
  const approval = { mode: 'always' } as never; // no rule is read here
  const server = {
    label: 'mail',
    origin: 'https://mail.example',
    sealedAccess: null,
    allowed: null,
    approval,
  };
  const { approvals } = waitingRuns({ requestServers: [server] });
  await expect(approvals.decide(testCaller, 'fc_3', { action: 'accept' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('with the next response') as string,
  });
});
