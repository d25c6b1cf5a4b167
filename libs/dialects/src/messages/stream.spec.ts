import type { Item, ModelFinishedEvent, Response, ResponseEvent } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { serverCall, testResponse } from '../testing/test-response.ts';
import { encodeMessage } from './encode.ts';
import { StreamEvent } from './reply-schema.ts';
import { openStream } from './stream.ts';

type WireEvent = Record<string, unknown> & { type: string; index?: number };

/** The events of a stream, each checked against its schema. */
function streamed(events: readonly ResponseEvent[]): WireEvent[] {
  const frames = events.flatMap(openStream());
  return frames.map((frame) => {
    const [, name, data] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(frame) ?? [];
    const event = StreamEvent.parse(JSON.parse(data ?? '')) as WireEvent;
    expect(event.type).toBe(name);
    return event;
  });
}

/** The types of the events; those of deltas for deltas. */
const shape = (events: WireEvent[]) =>
  events.map(({ type, index, delta, content_block: block }) =>
    [index, ((delta ?? block) as { type?: string } | undefined)?.type ?? type]
      .filter((part) => part !== undefined)
      .join(' '),
  );

/** The content that a client has at the end. */
function contentOf(events: WireEvent[]): Record<string, unknown>[] {
  const blocks: Record<string, string>[] = [];
  for (const { type, index = 0, content_block: begun, delta } of events) {
    if (type === 'content_block_start') blocks[index] = { ...(begun as Record<string, string>) };
    if (type !== 'content_block_delta') continue;
    const { type: _kind, ...pieces } = delta as Record<string, string>;
    const block = blocks[index] ?? {};
    for (const [name, piece] of Object.entries(pieces)) block[name] = (block[name] ?? '') + piece;
  }
  return blocks.map(({ partial_json: json, ...block }) => ({
    ...block,
    ...(json && { input: JSON.parse(json) as object }),
  }));
}

it('is a message that begins, its blocks one after the other, and its end', () => {
  const events = streamed(new ScriptedRun().thinks('H', 'm.').says('He', 'llo').ends('completed'));
  expect(shape(events)).toEqual([
    'message_start',
    'ping',
    '0 thinking',
    '0 thinking_delta',
    '0 thinking_delta',
    '0 content_block_stop',
    '1 text',
    '1 text_delta',
    '1 text_delta',
    '1 content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(events[0]).toMatchObject({
    message: { id: 'msg_test', role: 'assistant', content: [], stop_reason: null },
  });
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: 17, cache_read_input_tokens: 3, output_tokens: 9 },
  });
});

describe('the blocks of a stream are those of the whole message', () => {
  const runs: Record<string, ResponseEvent[]> = {
    'text and thoughts': new ScriptedRun().thinks('Hm.').says('Hello').says('Again').ends('completed'),
    refusals: new ScriptedRun().refuses('I will', ' not.').ends('completed'),
    'calls whose arguments come in turns': new ScriptedRun()
      .says('Wait.')
      .asksInTurns({ callId: 'c1', pieces: ['{"a"', ':1}'] }, { callId: 'c2', pieces: ['{"b"', ':2}'] })
      .ends('requires_action'),
    'tools of the server': new ScriptedRun({ serverTools: 'all' })
      .asksServer({ callId: 'c1' }, { callId: 'c2' })
      .answers('c2', 'Nothing', { code: 'tool_timeout', message: 'Too slow' })
      .answers('c1', 'Sunny')
      .says('It is sunny.')
      .ends('completed'),
    'a tool that there is not': new ScriptedRun()
      .asksServer({ callId: 'c1' })
      .answers('c1', 'There is no tool')
      .says('Hello')
      .ends('completed'),
    'an image': new ScriptedRun()
      .speaks([
        { type: 'text', text: 'Here' },
        { type: 'image', url: 'data:image/png;base64,aGk=' },
      ])
      .ends('completed'),
    'a message without text': new ScriptedRun().says('').ends('completed'),
  };

  it.each(Object.keys(runs))('%s', (name) => {
    const run = runs[name] ?? [];
    const { response } = run.at(-1) as { response: Response };
    const events = streamed(run);
    const whole = encodeMessage(response);
    expect(contentOf(events)).toEqual(whole.content);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: whole.stop_reason }, usage: whole.usage });
    const open = new Set<number>();
    for (const { type, index = 0 } of events) {
      if (type === 'content_block_start') expect([...open]).toEqual([]);
      if (type === 'content_block_start') open.add(index);
      if (type === 'content_block_stop') open.delete(index);
    }
    expect([...open]).toEqual([]);
  });
});

const begun: ResponseEvent[] = new ScriptedRun().events;
const finished: ModelFinishedEvent = {
  type: 'model.finished',
  depth: 0,
  model: 'm',
  usage: testResponse().usage,
};

it('sends the signature of a thought before its end', () => {
  const thought: Item = { type: 'reasoning', id: 'rs_1', text: '', status: 'in_progress' };
  const done: Item = { ...thought, text: 'Hm.', status: 'completed', sealed: 'box' };
  const events = streamed([
    ...begun,
    { type: 'item.added', index: 0, item: thought },
    { type: 'reasoning.delta', index: 0, itemId: 'rs_1', delta: 'Hm.' },
    { type: 'item.done', index: 0, item: done },
  ]);
  expect(shape(events).slice(2)).toEqual([
    '0 thinking',
    '0 thinking_delta',
    '0 signature_delta',
    '0 content_block_stop',
  ]);
  expect(contentOf(events)).toEqual([{ type: 'thinking', thinking: 'Hm.', signature: 'box' }]);
});

it('cites pages in the block of their text', () => {
  const run = new ScriptedRun();
  const { id: itemId, index } = run.beginsMessage([{ type: 'text', text: 'So they say.' }]);
  const citation = { url: 'https://example.org', title: 'Them', startIndex: 0, endIndex: 12 };
  const events = streamed([...run.events, { type: 'citation.added', index, itemId, citation }, finished]);
  expect(events.at(-1)).toMatchObject({
    index: 0,
    delta: { type: 'citations_delta', citation: { url: 'https://example.org', title: 'Them' } },
  });
});

it('writes nothing of an answer that was taken back', () => {
  const run = new ScriptedRun();
  const { index } = run.beginsMessage([]);
  const again = new ScriptedRun().says('Hello').ends('completed').slice(2);
  const events = streamed([
    ...run.events,
    { type: 'model.retried', depth: 0, index, usage: testResponse().usage },
    ...again,
  ]);
  expect(contentOf(events)).toMatchObject([{ text: 'Hello' }]);
});

it.each<[string, ResponseEvent[], object]>([
  [
    'fails',
    new ScriptedRun().says('He').ends('failed', { error: { code: 'model_overloaded', message: 'Full' } }),
    { type: 'overloaded_error', message: 'Full' },
  ],
  [
    'waits for an approval',
    new ScriptedRun().ends('requires_action', { output: [serverCall('c', { state: 'pending_approval' })] }),
    { type: 'invalid_request_error' },
  ],
])('ends in an error where its run %s', (_what, run, error) => {
  const events = streamed(run);
  expect(events.at(-1)).toMatchObject({ type: 'error', error });
  expect(events.map(({ type }) => type)).not.toContain('message_stop');
});

it('pings while it is silent', () => {
  expect(openStream().heartbeat?.(0)).toBe('event: ping\ndata: {"type":"ping"}\n\n');
});
