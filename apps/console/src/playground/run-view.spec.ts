import { describe, expect, it } from 'vitest';
import type { StreamedEvent } from '../api/event-stream.ts';
import { messageText } from '../api/items.ts';
import {
  applyStreamEvent,
  isBusy,
  lostRequests,
  pendingRequests,
  startedRun,
  withStored,
} from './run-view.ts';

const response = { id: 'resp_1', status: 'in_progress', model: 'm', output: [], error: null, usage: null };
const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };

const viewAfter = (...events: StreamedEvent[]) => events.reduce(applyStreamEvent, startedRun());
const of = (type: string, fields: object = {}): StreamedEvent => ({ type, output_index: 0, ...fields });

describe('the view of a run', () => {
  it('grows by the deltas of its items, and keeps the number of the last event', () => {
    const view = viewAfter(
      of('response.created', { response, sequence_number: 0 }),
      of('response.output_item.added', { item: message, sequence_number: 1 }),
      of('response.output_text.delta', { content_index: 0, delta: 'Hel', sequence_number: 2 }),
      of('response.output_text.delta', { content_index: 0, delta: 'lo', sequence_number: 3 }),
    );
    expect(view).toMatchObject({ id: 'resp_1', status: 'in_progress', lastSequence: 3, isOver: false });
    expect(view.items.map(messageText)).toEqual(['Hello']);
  });

  it('has the stored output at the end, whatever was read before', () => {
    const output = [{ ...message, content: [{ type: 'output_text', text: 'Whole.' }] }];
    const view = viewAfter(
      of('response.output_item.added', { item: message }),
      of('response.completed', { response: { ...response, status: 'completed', output } }),
    );
    expect(view).toMatchObject({ status: 'completed', isOver: true });
    expect(view.items.map(messageText)).toEqual(['Whole.']);
  });

  it('replaces only the item that an event concerns', () => {
    const before = viewAfter(
      of('response.output_item.added', { item: message }),
      of('response.output_item.added', { output_index: 1, item: { id: 'mcp_1', type: 'mcp_call' } }),
    );
    const after = applyStreamEvent(
      before,
      of('response.mcp_call_arguments.delta', { output_index: 1, delta: '{}' }),
    );
    expect(after.items[0]).toBe(before.items[0]);
    expect(after.items[1]).toMatchObject({ arguments: '{}' });
  });

  it('keeps what was written where the run fails, with the reason', () => {
    const view = viewAfter(
      of('response.created', { response }),
      of('error', { message: 'The provider went silent' }),
    );
    expect(view.error).toBe('The provider went silent');
  });

  it('waits for the requests that no item answers', () => {
    const request = (id: string) => ({ id, type: 'mcp_approval_request', arguments: '{}' });
    const asked = viewAfter(
      of('response.created', { response }),
      of('response.output_item.done', { item: request('fc_1') }),
      of('response.output_item.done', { output_index: 1, item: request('fc_2') }),
    );
    expect(pendingRequests(asked).map(({ id }) => id)).toEqual(['fc_1', 'fc_2']);
    const decided = applyStreamEvent(
      asked,
      of('response.output_item.done', {
        output_index: 2,
        item: { id: 'mcpr_1', type: 'mcp_approval_response', approval_request_id: 'fc_1', approve: true },
      }),
    );
    expect(pendingRequests(decided).map(({ id }) => id)).toEqual(['fc_2']);
    expect(lostRequests(decided).size).toBe(0);
    const stopped = { ...decided, status: 'cancelled' };
    expect(pendingRequests(stopped)).toEqual([]);
    expect([...lostRequests(stopped)]).toEqual(['fc_2']);
  });

  it('ends with what is stored where the stream ends without an event', () => {
    const running = viewAfter(
      of('response.created', { response }),
      of('response.output_item.added', { item: message }),
    );
    expect(isBusy(running)).toBe(true);
    const output = [{ ...message, content: [{ type: 'output_text', text: 'Half' }] }];
    const stored = {
      ...response,
      status: 'cancelled',
      output,
      incomplete_details: null,
      previous_response_id: null,
    };
    const view = withStored(running, stored);
    expect([view.status, view.items.map(messageText), isBusy(view)]).toEqual(['cancelled', ['Half'], false]);
  });
});
