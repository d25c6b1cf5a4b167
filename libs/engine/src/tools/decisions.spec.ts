import {
  AppError,
  type CallState,
  type Decision,
  functionCall,
  type FunctionCallItem,
} from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { applyEvent, snapshot } from '../journal/apply-event.ts';
import { decide } from './decisions.ts';
import { countingIds, testResponse } from '@antiphon/contracts/testing';

function call(callId: string, state: CallState): FunctionCallItem {
  return functionCall({
    id: `fc_${callId}`,
    callId,
    name: 'write',
    arguments: '{"text":"proposed"}',
    executor: state === 'pending_output' ? 'client' : 'server',
    state,
  });
}

const by = () => ({ newId: countingIds(), userId: 'user_b', decidedAt: 5 });

function paused() {
  return testResponse({
    status: 'requires_action',
    output: [
      call('a', 'pending_approval'),
      call('b', 'pending_approval'),
      call('c', 'pending_output'),
      call('d', 'done'),
    ],
  });
}

function decided(...decisions: Decision[]) {
  return decide(paused(), decisions, by()).response;
}

function refusal(...decisions: Decision[]): AppError {
  try {
    decided(...decisions);
  } catch (error) {
    return AppError.from(error);
  }
  throw new Error('was not refused');
}

describe('decide', () => {
  it('approves an accepted call', () => {
    const { output, status } = decided({ callId: 'a', action: 'accept' });

    expect(output[0]).toMatchObject({
      state: 'approved',
      arguments: '{"text":"proposed"}',
      approvalRequestId: 'fc_a',
    });
    expect(output.slice(4)).toEqual([
      {
        type: 'approval_response',
        id: expect.any(String) as string,
        approvalRequestId: 'fc_a',
        approve: true,
        reason: null,
        status: 'completed',
        decision: { action: 'accept', userId: 'user_b', decidedAt: 5 },
      },
    ]);
    expect(status).toBe('requires_action');
  });

  it('approves an edited call with its new arguments', () => {
    const { output } = decided({ callId: 'a', action: 'edit', arguments: '{"text":"edited"}' });

    expect(output[0]).toMatchObject({
      state: 'approved',
      arguments: '{"text":"edited"}',
      proposedArguments: '{"text":"proposed"}',
    });
  });

  it.each([
    [{ callId: 'a', action: 'reject', message: null }, 'User rejected the tool call'],
    [{ callId: 'a', action: 'reject', message: 'too dear' }, 'User rejected the tool call: too dear'],
    [{ callId: 'a', action: 'feedback', message: 'Ask first.' }, 'Ask first.'],
    [{ callId: 'a', action: 'output', output: 'written by hand' }, 'written by hand'],
    [
      { callId: 'c', action: 'output', output: [{ type: 'text', text: '42' }] },
      [{ type: 'text', text: '42' }],
    ],
    [{ callId: 'c', action: 'reject', message: null }, 'User rejected the tool call'],
  ] satisfies [Decision, unknown][])('%o becomes the output', (decision, expected) => {
    const { output } = decided(decision);

    expect(
      output.find((item) => item.type === 'function_call' && item.callId === decision.callId),
    ).toMatchObject({
      state: 'done',
      error: null,
    });
    expect(output.at(-1)).toMatchObject({
      type: 'function_call_output',
      callId: decision.callId,
      output: expected,
      status: 'completed',
    });
  });

  it('takes several at once and leaves the rest pending', () => {
    const { output } = decided(
      { callId: 'c', action: 'output', output: '1' },
      { callId: 'a', action: 'reject', message: null },
    );

    expect(output.map((item) => (item.type === 'function_call' ? item.state : item.type))).toEqual([
      'done',
      'pending_approval',
      'done',
      'done',
      'function_call_output',
      'approval_response',
      'function_call_output',
    ]);
  });

  it('refuses decisions about other calls', () => {
    expect(refusal({ callId: 'x', action: 'accept' }).code).toBe('not_found');
    expect(refusal({ callId: 'd', action: 'accept' }).code).toBe('invalid_request');
    expect(refusal({ callId: 'c', action: 'accept' }).code).toBe('invalid_request');
    expect(refusal({ callId: 'a', action: 'edit', arguments: '[1]' }).code).toBe('invalid_request');
    expect(refusal({ callId: 'a', action: 'accept' }, { callId: 'a', action: 'accept' }).code).toBe(
      'invalid_request',
    );
  });

  it.each(['cancelled', 'in_progress'] as const)('refuses a response that is %s', (status) => {
    const ended = { ...paused(), status };

    expect(() => decide(ended, [{ callId: 'a', action: 'accept' }], by())).toThrow(`is ${status}`);
  });

  it('changes nothing where one decision is refused', () => {
    const response = paused();
    const before = structuredClone(response);
    const decisions: Decision[] = [
      { callId: 'a', action: 'accept' },
      { callId: 'x', action: 'accept' },
    ];

    expect(() => decide(response, decisions, by())).toThrow(AppError);
    expect(response).toEqual(before);
  });

  it('equals its events applied to the response', () => {
    const response = paused();
    const decisions: Decision[] = [
      { callId: 'a', action: 'accept' },
      { callId: 'c', action: 'output', output: '1' },
    ];
    const decision = decide(response, decisions, by());
    const draft = snapshot(response);
    for (const event of decision.events) applyEvent(draft, event);

    expect(draft).toEqual(decision.response);
  });
});
