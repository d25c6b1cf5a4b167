import {
  type AppError,
  type Caller,
  type FunctionCallItem,
  functionCall,
  type Response,
} from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import type { DecisionStore, ResponseStore } from '@antiphon/runtime';
import { expect, it } from 'vitest';
import { createParts, stays } from '../testing/create-parts.ts';
import { ApprovalWatch } from './approval-watch.ts';
import { encodeApprovals, encodeChange } from './approval-wire.ts';
import { type Action, type ApprovalPageQuery, ApprovalsService } from './approvals.service.ts';
import { approvalsScope } from './reach.ts';

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
const all: ApprovalPageQuery = { owner: null, tool: null, after: null, limit: 10 };

/** Two paused runs: a background one of the agent dialect with two calls, and one of the openai dialect with one call. */
function waitingRuns(changes: Partial<Response> = {}) {
  const { memory, decisions, runEvents } = createParts();
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
        proposed('1', { parameters: '{"type":"object","properties":{"z":{},"a":{}}}' }),
        proposed('2', { name: 'post_mail' }),
      ],
    }),
  );
  memory.put(testResponse({ ...paused, id: 'resp_2', output: [proposed('3')], ...changes }));
  // The stores in memory have the methods that the services call.
  const stores = [memory.responses as ResponseStore, memory.decisions as DecisionStore] as const;
  const approvals = new ApprovalsService(...stores, decisions, runEvents, { decideWaitMs: 1 });
  const config = { pollMs: 1, watchedMax: 10, streamLifetimeMs: 60_000, decideWaitMs: 1 };
  const watch = new ApprovalWatch(stores[0], approvals, config);
  /** Decides, and throws where another decision counts. */
  const decide = async (id: string, action: Action, caller = testCaller) => {
    const { approval, error } = await approvals.decide(caller, id, action, stays);
    if (error) throw error;
    return approval;
  };
  return { memory, approvals, watch, decide, runEvents };
}
/** A caller of the same tenant, with the scope to see its approvals. */
const decider: Caller = { ...testCaller, userId: 'user_b', scopes: [approvalsScope] };

it('lists the calls that wait in all runs, page by page, also within a run', async () => {
  const { approvals } = waitingRuns();
  const page = async (query: Partial<ApprovalPageQuery>) => {
    const { data, has_more } = encodeApprovals(
      await approvals.listWaiting(testCaller, { ...all, ...query }),
      testCaller,
    );
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

it('shows what a person needs to decide', async () => {
  const { approvals } = waitingRuns();
  const { data } = encodeApprovals(await approvals.listWaiting(testCaller, all), testCaller);
  expect(data[0]).toMatchObject({
    response_id: 'resp_1',
    dialect: 'agent',
    tool: 'delete_file',
    arguments: '{"path":"a"}',
    parsed_arguments: { path: 'a' },
    parameters: { type: 'object', properties: { z: {}, a: {} } },
    why: 'I clean up.',
    mine: true,
    caller: testCaller.userId,
    expires_at: expect.any(String) as string,
    decision: null,
    earlier: null,
  });
  expect(Object.keys(data[0]?.parameters?.['properties'] ?? {})).toEqual(['z', 'a']);
  expect(data[2]?.expires_at).toBeNull();
});

it('decides in each of the four ways, and lists the decisions, the latest first', async () => {
  const { approvals, decide, memory } = waitingRuns({ output: [proposed('3'), proposed('4')] });
  await decide('fc_3', { action: 'reject', message: 'no' });
  await decide('fc_4', { action: 'accept' });
  await decide('fc_1', { action: 'feedback', message: 'Ask first' });
  const edited = await decide('fc_2', { action: 'edit', arguments: '{"to":"me"}' });
  expect(edited).toMatchObject({ call: { arguments: '{"to":"me"}', proposedArguments: '{"path":"a"}' } });
  expect([...memory.rows.values()].map(({ status }) => status)).toEqual(['queued', 'queued']);
  const { data } = encodeApprovals(await approvals.listDecided(testCaller, all), testCaller);
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
  const { decide } = waitingRuns();
  const both = await Promise.allSettled([
    decide('fc_3', { action: 'accept' }),
    decide('fc_3', { action: 'reject', message: null }),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(both[1]).toMatchObject({
    reason: { code: 'conflict', message: expect.stringContaining('accept by user_a') as string },
  });
  await expect(decide('fc_3', { action: 'accept' })).rejects.toEqual(refusal('conflict'));
});

it('refuses arguments that are no JSON object, and leaves the call waiting', async () => {
  const { approvals, decide } = waitingRuns();
  const edit = decide('fc_1', { action: 'edit', arguments: '[]' });
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
  const { decide } = waitingRuns({ requestServers: [server] });
  await expect(decide('fc_3', { action: 'accept' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('with the next response') as string,
  });
});

it('lets a caller with the scope see and decide for others of its tenant, and records it', async () => {
  const { approvals, decide, memory } = waitingRuns();
  const shown = async (caller: Caller, owner: string | null = null) =>
    encodeApprovals(await approvals.listWaiting(caller, { ...all, owner }), caller).data.map(
      ({ id, mine }) => `${id} ${mine}`,
    );
  const theirs = ['fc_1 false', 'fc_2 false', 'fc_3 false'];
  expect(await shown(decider)).toEqual(theirs);
  expect(await shown(decider, testCaller.userId)).toEqual(theirs);
  expect(await shown(decider, 'me')).toEqual([]);
  expect(await shown({ ...decider, tenantId: 'tenant_b' })).toEqual([]);
  expect(await shown({ ...decider, scopes: [] })).toEqual([]);
  await expect(shown({ ...decider, scopes: [] }, testCaller.userId)).rejects.toEqual(refusal('forbidden'));
  for (const stranger of [
    { ...decider, scopes: [] },
    { ...decider, tenantId: 'tenant_b' },
  ])
    await expect(decide('fc_3', { action: 'accept' }, stranger)).rejects.toEqual(refusal('not_found'));

  expect(await decide('fc_3', { action: 'accept' }, decider)).toMatchObject({
    decision: { userId: 'user_b' },
  });
  const ofOwner = await approvals.listDecided(testCaller, all);
  expect(ofOwner.approvals.map(({ call, decision }) => [call.id, decision?.userId])).toEqual([
    ['fc_3', 'user_b'],
  ]);
  expect(memory.rows.get('resp_2')?.userId).toBe(testCaller.userId);
});

it('decides several calls of a run together, and reports for each what counts', async () => {
  const { approvals, decide } = waitingRuns();
  await decide('fc_3', { action: 'reject', message: null });
  const accept = { action: 'accept' } as const;
  const outcomes = await approvals.decideAll(
    testCaller,
    ['fc_1', 'fc_3', 'fc_2', 'fc_9'].map((id) => ({ id, ...accept })),
    stays,
  );
  expect(outcomes.map(({ id, approval, error }) => [id, approval?.decision?.action, error?.code])).toEqual([
    ['fc_1', 'accept', undefined],
    ['fc_3', 'reject', 'conflict'],
    ['fc_2', 'accept', undefined],
    ['fc_9', undefined, 'not_found'],
  ]);
});

it('shows the last edit of a tool in the same run', async () => {
  const { approvals, decide, memory } = waitingRuns();
  await decide('fc_1', { action: 'edit', arguments: '{"path":"b"}' });
  const run = memory.rows.get('resp_1');
  if (run) memory.put({ ...run, status: 'requires_action', output: [...run.output, proposed('5')] });
  const { data } = encodeApprovals(await approvals.listWaiting(testCaller, all), testCaller);
  const earlier = { id: 'fc_1', proposed_arguments: '{"path":"a"}', arguments: '{"path":"b"}' };
  expect(data.map(({ id, earlier: edit }) => [id, edit])).toEqual([
    ['fc_2', null],
    ['fc_5', expect.objectContaining(earlier)],
    ['fc_3', null],
  ]);
});

it('keeps a call for its next pause while its run carries out another one', async () => {
  const { approvals, decide, memory } = waitingRuns();
  await decide('fc_1', { action: 'accept' });
  expect((await approvals.retrieve(testCaller, 'fc_2')).decision).toBeNull();
  await expect(decide('fc_2', { action: 'accept' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('carrying out another call') as string,
  });
  const run = memory.rows.get('resp_1');
  if (run) memory.put({ ...run, status: 'requires_action' });
  expect(await decide('fc_2', { action: 'accept' })).toMatchObject({ decision: { action: 'accept' } });
});

it('streams the calls that wait, then each change, until its reader goes', async () => {
  const { watch, decide, memory } = waitingRuns();
  const gone = new AbortController();
  const changes = watch.follow(testCaller, { owner: null, tool: 'delete_file' }, gone.signal);
  const read = async () => {
    const { value } = await changes.next();
    return (value ?? []).map((change) => {
      const { type, approval, id } = JSON.parse(
        encodeChange(change, testCaller).split('data: ')[1] ?? '',
      ) as {
        type: string;
        approval?: { id: string; decision: { action: string } | null };
        id?: string;
      };
      return [type, approval?.id ?? id, approval?.decision?.action].filter(Boolean).join(' ');
    });
  };
  expect(await read()).toEqual(['approval.waiting fc_1']);
  expect(await read()).toEqual(['approval.waiting fc_3']);
  expect(await read()).toEqual(['approvals.current']);
  await decide('fc_1', { action: 'feedback', message: 'no' });
  expect(await read()).toEqual(['approval.decided fc_1 feedback']);
  memory.put({ ...(memory.rows.get('resp_2') as Response), status: 'cancelled' });
  expect(await read()).toEqual(['approval.ended fc_3']);
  memory.put(testResponse({ id: 'resp_3', status: 'requires_action', output: [proposed('6')] }));
  expect(await read()).toEqual(['approval.waiting fc_6']);
  const end = changes.next();
  gone.abort();
  expect(await end).toMatchObject({ done: true });
  expect((await watch.follow(testCaller, all, gone.signal).next()).done).toBe(true);
});
