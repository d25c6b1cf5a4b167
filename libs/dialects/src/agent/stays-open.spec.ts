import { describe, expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { openStream } from './stream.ts';

/** A run that its user watches: it waits for two decisions, which come one after the other. */
const watched = () =>
  new ScriptedRun({ onPause: 'stay', background: true, conversationId: 'conv_1' })
    .says('Let me', ' write')
    .asksForApproval({ callId: 'call_1' }, { callId: 'call_2' })
    .decides('call_1', 'edit', { args: '{"q":"storms"}' })
    .answers('call_1', 'Found')
    .decides('call_2', 'feedback', { output: 'Use another word' })
    .says('It is', ' done')
    .ends('completed');

interface Written {
  type: string;
  sequence_number: number;
}

const framesOf = (form: 'stream' | 'events', startingAfter?: number) => {
  const encode = openStream(form, startingAfter);
  return watched().flatMap((event) => encode(event));
};
const read = (frame: string) => JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? '') as Written;
const decisionsIn = (frames: readonly string[]) =>
  frames.map(read).filter(({ type }) => type === 'response.tool_decision');

describe('the stream of a run that stays open', () => {
  it('goes on after each pause, with the decisions as events', () => {
    const frames = framesOf('events');
    expect(frames.map((frame) => read(frame).type.replace('response.', ''))).toEqual([
      'created',
      'message',
      'output_tool_calls.complete',
      'output_tool_calls.complete',
      'interrupt',
      'tool_decision',
      'resumed',
      'tool',
      'tool_decision',
      'tool',
      'message',
      'completed',
    ]);
    expect(decisionsIn(frames)).toMatchObject([
      {
        tool_call_id: 'call_1',
        tool_name: 'google_search',
        decision: 'edit',
        args: { q: 'storms' },
        message: null,
        decided_by: 'user_b',
        decided_at: '2025-12-23T10:00:00.000Z',
      },
      { tool_call_id: 'call_2', decision: 'feedback', args: null, message: 'Use another word' },
    ]);
  });

  it.each(['stream', 'events'] as const)('continues after any number with the same `%s`', (form) => {
    const all = framesOf(form);
    for (const [place, frame] of all.entries())
      expect(framesOf(form, read(frame).sequence_number)).toEqual(all.slice(place + 1));
  });

  it('numbers an event alike in both forms', () => {
    const numbers = (form: 'stream' | 'events', type: string) =>
      framesOf(form)
        .map(read)
        .filter((event) => event.type === `response.${type}`)
        .map(({ sequence_number: number }) => number);
    for (const type of ['created', 'interrupt', 'tool_decision', 'resumed', 'tool', 'completed'])
      expect(numbers('events', type)).toEqual(numbers('stream', type));
  });
});
