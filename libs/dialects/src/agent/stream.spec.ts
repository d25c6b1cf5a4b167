import type { ResponseEvent } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { callOutput, serverCall, testResponse } from '../testing/test-response.ts';
import { openStream } from './stream.ts';

interface WireEvent {
  type: string;
  [field: string]: unknown;
}

function eventsOf(events: readonly ResponseEvent[], mode: 'stream' | 'events' = 'stream'): WireEvent[] {
  const encode = openStream(mode);
  return events
    .flatMap((event) => encode(event))
    .map((frame) => {
      const [, name, data = ''] = /^event: (.+)\ndata: (.+)\n\n$/.exec(frame) ?? [];
      const event = JSON.parse(data) as WireEvent;
      expect(event.type).toBe(name);
      return event;
    });
}

function typesOf(events: readonly WireEvent[]): string[] {
  return events.map(({ type }) => type.replace('response.', ''));
}

const conversation = { conversationId: 'conv_1' };
const usage = { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 };

const withTool = () =>
  new ScriptedRun(conversation)
    .thinks('Hm')
    .says('Let me', ' look')
    .asksServer({ callId: 'call_1' })
    .answers('call_1', 'Sunny')
    .says('It is', ' sunny')
    .ends('completed');

describe('full', () => {
  it('writes a placeholder for an image', () => {
    const run = new ScriptedRun(conversation).speaks([
      { type: 'text', text: 'Look:' },
      { type: 'image', url: 'data:image/png;base64,AAAA' },
    ]);
    const deltas = eventsOf(run.ends('completed')).filter(
      ({ type }) => type === 'response.output_text.delta',
    );
    expect(deltas.map(({ content }) => content)).toEqual(['Look:', '[image]']);
  });

  it('writes texts and calls as deltas, and ends with the usage', () => {
    const events = eventsOf(withTool());
    expect(typesOf(events)).toEqual([
      'created',
      'output_text.delta',
      'output_text.delta',
      'output_tool_calls.delta',
      'output_tool_calls.delta',
      'output_tool_calls.complete',
      'tool',
      'output_text.delta',
      'output_text.delta',
      'completed',
    ]);
    expect(events[0]).toEqual({
      type: 'response.created',
      id: 'resp_test',
      conversation: 'conv_1',
      conversation_id: 'conv_1',
    });
    expect(events[1]).toEqual({ type: 'response.output_text.delta', content: 'Let me' });
    expect(events[3]).toMatchObject({ tool_calls: [{ id: 'call_1', name: 'google_search', args: '{"q":' }] });
    expect(events[5]).toEqual({
      type: 'response.output_tool_calls.complete',
      tool_calls: [{ id: 'call_1', name: 'google_search', args: { q: 'weather' }, type: 'tool_call' }],
    });
    expect(events[6]).toEqual({
      type: 'response.tool',
      tool_call_id: 'call_1',
      tool_name: 'google_search',
      status: 'success',
      content: 'Sunny',
      args: { q: 'weather' },
    });
    expect(events.at(-1)).toEqual({ type: 'response.completed', usage, status: 'completed' });
  });

  it('ends at an interrupt', () => {
    const events = eventsOf(
      new ScriptedRun(conversation).asksCaller({ callId: 'call_1' }).ends('requires_action'),
    );
    expect(typesOf(events).slice(-2)).toEqual(['interrupt', 'completed']);
    expect(events.at(-2)).toMatchObject({ interrupts: [{ tool_call_id: 'call_1', action: 'pending' }] });
    expect(events.at(-1)).toMatchObject({ status: 'interrupted' });
  });

  it('writes the error of a failed run', () => {
    const error = { code: 'model_error', message: 'The provider is down' } as const;
    const events = eventsOf(new ScriptedRun().says('It').ends('failed', { error }));
    expect(events.slice(-2)).toMatchObject([
      { type: 'response.error', error: 'The provider is down', code: 'model_error' },
      { type: 'response.completed', status: 'error' },
    ]);
  });

  it('writes a failed tool, and leaves out a call that was cut off', () => {
    const error = { code: 'tool_timeout', message: 'Too slow' } as const;
    const failed = new ScriptedRun()
      .asksServer({ callId: 'call_1' })
      .answers('call_1', 'Too slow', error)
      .ends('completed');
    expect(eventsOf(failed)).toContainEqual(
      expect.objectContaining({ type: 'response.tool', status: 'error', content: 'Too slow' }),
    );
    const cut = new ScriptedRun().asksInVain({ callId: 'call_1' }, error).ends('incomplete');
    expect(typesOf(eventsOf(cut))).toEqual(['created', 'output_tool_calls.delta', 'completed']);
  });
});

it('`events` writes whole messages and no deltas', () => {
  const events = eventsOf(withTool(), 'events');
  expect(typesOf(events)).toEqual([
    'created',
    'message',
    'output_tool_calls.complete',
    'tool',
    'message',
    'completed',
  ]);
  expect(events[1]).toEqual({ type: 'response.message', content: 'Let me look', role: 'assistant' });
});

describe('after a decision', () => {
  const call = serverCall('call_1', { startedAt: null, durationMs: null });
  const rejected = callOutput('call_1', 'User rejected the tool call');
  const decided: ResponseEvent[] = [
    { type: 'item.changed', index: 0, item: call },
    { type: 'item.added', index: 1, item: { ...rejected, output: '', status: 'in_progress' } },
    { type: 'item.done', index: 1, item: rejected },
  ];
  const response = testResponse({ ...conversation, output: [call, rejected] });

  it('resumes with the response, and writes the decided call', () => {
    const events = eventsOf([
      { type: 'response.in_progress', response },
      ...decided,
      { type: 'response.completed', response: { ...response, status: 'completed' } },
    ]);
    expect(typesOf(events)).toEqual(['resumed', 'tool', 'completed']);
    expect(events[0]).toMatchObject({ id: 'resp_test', conversation_id: 'conv_1' });
    expect(events[1]).toMatchObject({ tool_name: 'google_search', content: 'User rejected the tool call' });
  });

  it('begins with the response also where more of its calls wait', () => {
    const stillPaused: ResponseEvent = {
      type: 'response.requires_action',
      response: { ...response, status: 'requires_action' },
    };
    expect(typesOf(eventsOf([...decided, stillPaused]))).toEqual([
      'resumed',
      'tool',
      'interrupt',
      'completed',
    ]);
  });
});

it('ends once', () => {
  const encode = openStream('stream');
  const events = new ScriptedRun().ends('cancelled');
  const frames = events.flatMap((event) => encode(event));
  expect(frames.at(-1)).toContain('"status":"cancelled"');
  expect(events.flatMap((event) => encode(event))).toEqual([]);
});
