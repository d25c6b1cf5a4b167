import { isLifecycleEvent, type ResponseEvent } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { decodeCreate } from './decode.ts';
import { encodeResponse } from './encode.ts';
import { decodeInput } from './items/decode-input.ts';
import { openStream } from './stream.ts';

interface Written {
  type: string;
  item: { id: string; type: string };
  response: { status: string; output: unknown[] };
}

function writtenOf(events: readonly ResponseEvent[]): Written[] {
  const encode = openStream();
  return events
    .flatMap((event) => encode(event))
    .flatMap((frame) => {
      const data = /^data: (\{.*)$/m.exec(frame)?.[1];
      return data ? [JSON.parse(data) as Written] : [];
    });
}

describe('a run that waits for approvals', () => {
  const events = new ScriptedRun({ onPause: 'stay', background: true })
    .asksForApproval({ callId: 'call_1' }, { callId: 'call_2' })
    .decides('call_1', 'edit', { args: '{"q":"storms"}' })
    .answers('call_1', 'Found')
    .decides('call_2', 'feedback', { output: 'Use another word' })
    .says('Done')
    .ends('completed');

  it('has its requests, its decisions and its calls as items, in the stream as in the response', () => {
    const written = writtenOf(events);
    const last = written.at(-1);
    const done = written.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
    expect(done).toEqual(last?.response.output);
    expect(done).toMatchObject([
      { type: 'mcp_approval_request', id: 'fc_call_1', arguments: '{"q":"weather"}' },
      { type: 'mcp_approval_request', id: 'fc_call_2' },
      { type: 'mcp_approval_response', approval_request_id: 'fc_call_1', approve: true, action: 'edit' },
      {
        type: 'mcp_call',
        id: 'mcp_call_1',
        approval_request_id: 'fc_call_1',
        arguments: '{"q":"storms"}',
        output: 'Found',
      },
      {
        type: 'mcp_approval_response',
        approval_request_id: 'fc_call_2',
        approve: false,
        action: 'feedback',
        reason: 'Use another word',
        decided_by: 'user_b',
      },
      { type: 'mcp_call', id: 'mcp_call_2', output: 'Use another word' },
      { type: 'message' },
    ]);
  });

  it('is in progress while it waits', () => {
    const paused = events.find((event) => event.type === 'response.requires_action');
    if (!paused || !isLifecycleEvent(paused)) return expect.unreachable();
    expect(encodeResponse(paused.response)).toMatchObject({ status: 'in_progress', usage: null });
    expect(encodeResponse({ ...paused.response, onPause: 'wait' })).toMatchObject({ status: 'completed' });
  });

  it('has items that a client can send back without running the calls again', () => {
    const input = decodeInput(writtenOf(events).at(-1)?.response.output, { mayBeEmpty: false });
    expect(input).toContainEqual(
      expect.objectContaining({ id: 'mcp_call_1', state: 'done', approvalRequestId: 'fc_call_1' }),
    );
  });
});

it('is requested for a background response only', () => {
  const request = { model: 'm', input: 'Hi', on_approval: 'wait' };
  expect(decodeCreate({ ...request, background: true }).request.onPause).toBe('stay');
  expect(() => decodeCreate(request)).toThrow('on_approval is "wait", which requires background=true');
});
