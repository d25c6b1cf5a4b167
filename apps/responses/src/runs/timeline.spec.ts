import {
  type DecisionRecord,
  functionCall,
  type Item,
  newId,
  noUsage,
  type Response,
  type TurnRecord,
} from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { encodeRunDetail } from './run-detail.ts';
import { encodeRun } from './run-wire.ts';
import { timelineOf } from './timeline.ts';

const says = (text: string, rejection?: string): Item => ({
  type: 'message',
  id: `msg_${text}`,
  role: 'assistant',
  content: [{ type: 'text', text }],
  status: 'completed',
  ...(rejection !== undefined && { rejection }),
});
const call = (callId: string, depth: number, changes = {}) =>
  functionCall({ id: `fc_${callId}`, callId, name: 'look', executor: 'server', depth, ...changes });
const result = (callId: string, output: string): Item => ({
  type: 'function_call_output',
  id: `fco_${callId}`,
  callId,
  output,
  status: 'completed',
});
const turn = (depth: number, changes: Partial<TurnRecord> = {}): TurnRecord => ({
  depth,
  model: 'provider/model',
  usage: { ...noUsage, inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  startedAt: 2_000,
  durationMs: 40,
  firstOutputMs: 10,
  outcome: 'ok',
  provider: 'first',
  costUsd: 0.5,
  attempts: [{ provider: 'first', model: 'provider/model', outcome: 'ok', durationMs: 40 }],
  ...changes,
});

const decides = (callId: string, action: DecisionRecord['action'], decidedAt: number): DecisionRecord => ({
  userId: 'user_a',
  responseId: 'resp_test',
  callId,
  itemId: `fc_${callId}`,
  toolName: 'look',
  action,
  proposedArguments: '{}',
  runArguments: null,
  message: 'no',
  decidedAt,
});

/** Two parallel calls, then a turn whose answer broke off once and proposed a call. */
const run = (changes: Partial<Response> = {}) =>
  testResponse({
    status: 'requires_action',
    turns: [turn(0), turn(1, { outcome: 'model_error', provider: null, costUsd: null }), turn(1)],
    output: [
      says('I look.'),
      call('a', 0, { startedAt: 2_050, durationMs: 7 }),
      call('b', 0, { error: { code: 'model_error', message: 'gone' } }),
      result('a', 'é'.repeat(3_000)),
      result('b', 'gone'),
      says('Not this.', 'no JSON'),
      says('Now I ask.'),
      call('c', 1, { id: newId('functionCall', 5_000), state: 'pending_approval' }),
    ],
    ...changes,
  });

it('has the turns with their requests, parallel calls and what the model said', () => {
  const { turns } = timelineOf(run(), []);
  expect(turns).toMatchObject([
    {
      index: 0,
      message_preview: 'I look.',
      model_requests: [{ provider: 'first', first_token_ms: 10, cost: 0.5, usage: { total_tokens: 5 } }],
      tool_calls: [
        {
          call_id: 'a',
          output_bytes: 6_000,
          started_at: '1970-01-01T00:00:02.050Z',
          duration_ms: 7,
          approval: null,
        },
        { call_id: 'b', output_head: 'gone', error: { code: 'model_error' } },
      ],
    },
    {
      index: 1,
      message_preview: 'Now I ask.',
      model_requests: [{ outcome: 'model_error' }, { outcome: 'ok' }],
      tool_calls: [{ call_id: 'c', output_head: null, state: 'pending_approval' }],
    },
  ]);
  expect(turns[0]?.tool_calls[0]?.output_head).toBe('é'.repeat(2_000));
});

it('has approvals that wait, and those that were decided', () => {
  const decision = decides('c', 'reject', 6_000);
  const approvalIn = (decisions: DecisionRecord[]) =>
    timelineOf(run(), decisions).turns[1]?.tool_calls[0]?.approval;
  expect(approvalIn([])).toMatchObject({ requested_at: '1970-01-01T00:00:05.000Z', action: null });
  expect(approvalIn([decision])).toEqual({
    requested_at: '1970-01-01T00:00:05.000Z',
    action: 'reject',
    message: 'no',
    decided_at: '1970-01-01T00:00:06.000Z',
    decided_by: 'user_a',
  });
});

it('has what a run did so far, and nothing of one that has not begun', () => {
  const { turns } = timelineOf(
    run({ status: 'in_progress', turns: [], output: [call('a', 0, { state: 'started' })] }),
    [],
  );
  expect(turns).toMatchObject([
    { model_requests: [], tool_calls: [{ state: 'started', output_head: null }] },
  ]);
  expect(timelineOf(run({ status: 'queued', turns: undefined, output: [] }), []).turns).toEqual([]);
});

it('sums a run up in its row', () => {
  expect(encodeRun(run())).toMatchObject({
    status: 'requires_action',
    turns: 2,
    tool_calls: 3,
    tools: ['look'],
    pending_approvals: 1,
    cost: 1,
    provider: 'first',
    api_key_id: null,
    preview: 'Hi',
    completed_at: null,
  });
  const rights = { kind: 'key' as const, scopes: [], keyId: 'key_1' };
  expect(encodeRun(run({ rights, turns: [], status: 'cancelled', cancelledAt: 9_000 }))).toMatchObject({
    cost: null,
    provider: null,
    api_key_id: 'key_1',
    completed_at: '1970-01-01T00:00:09.000Z',
  });
});

it('has the request in the words of the openai dialect, and the response in those of its own', () => {
  const settings = { ...run().settings, temperature: 0.5 };
  const stored = run({ dialect: 'agent', settings, model: 'as-asked', conversationId: 'conv_1' });
  const { request, response } = encodeRunDetail(stored);
  expect(request).toMatchObject({
    model: 'as-asked',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
    temperature: 0.5,
    conversation: 'conv_1',
  });
  expect(request).not.toHaveProperty('top_p');
  expect(response).toMatchObject({ status: 'interrupted' });
});

it('cuts the preview between characters', () => {
  const content = [{ type: 'text' as const, text: '😀'.repeat(300) }];
  const input: Item[] = [{ type: 'message', id: 'msg', role: 'user', content, status: 'completed' }];
  expect(encodeRun(run({ input })).preview).toBe('😀'.repeat(200));
});

describe('what a run does now', () => {
  const activityIn = (changes: Partial<Response>, decisions: DecisionRecord[] = []) =>
    timelineOf(run(changes), decisions).activity;
  const at = (ms: number) => new Date(ms).toISOString();

  it('is a wait since its last turn and tools', () => {
    expect(activityIn({ createdAt: 1_000 })).toEqual({ kind: 'waiting', since: at(2_057) });
  });

  it('is its tools, or the model since they returned', () => {
    const going = { status: 'in_progress', createdAt: 1_000, startedAt: 1_500 } as const;
    expect(activityIn({ ...going, output: [call('a', 0, { state: 'started', startedAt: 2_060 })] })).toEqual({
      kind: 'tools',
      since: at(2_060),
    });
    expect(activityIn({ ...going, turns: [], output: [] })).toEqual({ kind: 'model', since: at(1_500) });
    expect(activityIn(going)).toEqual({ kind: 'model', since: at(2_057) });
    expect(activityIn(going, [decides('c', 'accept', 9_000)])).toEqual({ kind: 'model', since: at(9_000) });
  });

  it('is a place in the queue, or nothing any more', () => {
    expect(activityIn({ status: 'queued', queuedAt: 3_000 })).toEqual({ kind: 'queued', since: at(3_000) });
    expect(activityIn({ status: 'completed' })).toBeNull();
  });
});

it('has its pauses, each with the decisions that ended it', () => {
  const pausesIn = (changes: Partial<Response>, ...decisions: DecisionRecord[]) =>
    timelineOf(run(changes), decisions).pauses;
  expect(pausesIn({})).toEqual([
    { turn: 1, started_at: '1970-01-01T00:00:05.000Z', ended_at: null, decisions: [] },
  ]);
  const decidedOutput = run().output.map((item) =>
    item.type === 'function_call' && item.callId === 'c' ? { ...item, state: 'done' as const } : item,
  );
  expect(pausesIn({ output: decidedOutput }, decides('c', 'feedback', 7_000))).toMatchObject([
    {
      ended_at: '1970-01-01T00:00:07.000Z',
      decisions: [{ call_id: 'c', tool: 'look', action: 'feedback', decided_by: 'user_a' }],
    },
  ]);
  expect(pausesIn({ status: 'cancelled', cancelledAt: 8_000 })).toMatchObject([
    { ended_at: '1970-01-01T00:00:08.000Z', decisions: [] },
  ]);
});
