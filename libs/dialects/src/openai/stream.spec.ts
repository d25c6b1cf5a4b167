import type { Item, ResponseEvent } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { openStream } from './stream.ts';

/** The events of a stream, each as its name and its place. */
function outlineOf(events: readonly ResponseEvent[]): string[] {
  const encode = openStream();
  return events
    .flatMap((event) => encode(event))
    .map((frame) => {
      const data = /^data: (\{.*)$/m.exec(frame)?.[1];
      if (!data) return frame.trim();
      const { type, output_index: index } = JSON.parse(data) as { type: string; output_index?: number };
      return index === undefined ? type : `${type} ${index}`;
    });
}

it('writes a message in the order of the document', () => {
  expect(outlineOf(new ScriptedRun().says('Quantum', ' computing').ends('completed'))).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added 0',
    'response.content_part.added 0',
    'response.output_text.delta 0',
    'response.output_text.delta 0',
    'response.output_text.done 0',
    'response.content_part.done 0',
    'response.output_item.done 0',
    'response.completed',
    'data: [DONE]',
  ]);
});

it('keeps a server call open until its output arrives, then begins the next one', () => {
  const events = new ScriptedRun()
    .asksServer({ callId: 'call_1', pieces: ['{}'] }, { callId: 'call_2', pieces: ['{}'] })
    .answers('call_2', 'two')
    .answers('call_1', 'one')
    .says('Done')
    .ends('completed');
  expect(outlineOf(events).slice(2)).toEqual([
    ...[0, 1].flatMap((index) => [
      `response.output_item.added ${index}`,
      `response.mcp_call.in_progress ${index}`,
      `response.mcp_call_arguments.delta ${index}`,
      `response.mcp_call_arguments.done ${index}`,
      `response.mcp_call.completed ${index}`,
      `response.output_item.done ${index}`,
    ]),
    'response.output_item.added 2',
    'response.content_part.added 2',
    'response.output_text.delta 2',
    'response.output_text.done 2',
    'response.content_part.done 2',
    'response.output_item.done 2',
    'response.completed',
    'data: [DONE]',
  ]);
});

it('holds back the arguments of a call until the call before it is done', () => {
  const events = new ScriptedRun()
    .asksInTurns({ callId: 'call_1', pieces: ['{"a":', '1}'] }, { callId: 'call_2', pieces: ['{"b":', '2}'] })
    .ends('requires_action');
  const call = (index: number) => [
    `response.output_item.added ${index}`,
    `response.function_call_arguments.delta ${index}`,
    `response.function_call_arguments.delta ${index}`,
    `response.function_call_arguments.done ${index}`,
    `response.output_item.done ${index}`,
  ];
  expect(outlineOf(events).slice(2, -2)).toEqual([...call(0), ...call(1)]);
});

it('ends waiting items in their order', () => {
  const events = new ScriptedRun()
    .asksServer({ callId: 'call_1', pieces: ['{}'] }, { callId: 'call_2', pieces: [] })
    .asksCaller({ callId: 'call_3', pieces: [] })
    .ends('failed');
  expect(outlineOf(events).filter((line) => /added|done|fail|error/.test(line))).toEqual([
    'response.output_item.added 0',
    'response.mcp_call_arguments.done 0',
    'response.output_item.done 0',
    'response.output_item.added 1',
    'response.mcp_call_arguments.done 1',
    'response.output_item.done 1',
    'response.output_item.added 2',
    'response.function_call_arguments.done 2',
    'response.output_item.done 2',
    'error',
    'response.failed',
  ]);
});

it('writes the citations of a text', () => {
  const citations = [{ url: 'https://a.example', title: 'A', startIndex: 0, endIndex: 2 }];
  const outline = outlineOf(
    new ScriptedRun().speaks([{ type: 'text', text: 'Hi', citations }]).ends('completed'),
  );
  expect(outline.slice(4, 7)).toEqual([
    'response.output_text.delta 0',
    'response.output_text.annotation.added 0',
    'response.output_text.done 0',
  ]);
});

it('writes an image as a separate part when its message is done', () => {
  const image = { type: 'image' as const, url: 'data:image/png;base64,AAAA' };
  const encode = openStream();
  const events = new ScriptedRun().speaks([{ type: 'text', text: 'Look:' }, image]).ends('completed');
  const parts = events
    .flatMap((event) => encode(event))
    .flatMap((frame) => /^data: (\{"type":"response\.content_part.*)$/m.exec(frame)?.[1] ?? [])
    .map((data) => JSON.parse(data) as { type: string; content_index: number; part: { type: string } });
  expect(parts.map(({ type, content_index: place, part }) => [type, place, part.type])).toEqual([
    ['response.content_part.added', 0, 'output_text'],
    ['response.content_part.done', 0, 'output_text'],
    ['response.content_part.added', 1, 'input_image'],
    ['response.content_part.done', 1, 'input_image'],
  ]);
});

it.each([
  ['in the clear', new ScriptedRun().thinks('Hm'), 'response.content_part', 'response.reasoning_text'],
  [
    'as a summary',
    new ScriptedRun().sums('Hm'),
    'response.reasoning_summary_part',
    'response.reasoning_summary_text',
  ],
])('writes a thought %s', (_form, run, part, text) => {
  expect(outlineOf(run.ends('completed')).slice(3, 7)).toEqual([
    `${part}.added 0`,
    `${text}.delta 0`,
    `${text}.done 0`,
    `${part}.done 0`,
  ]);
});

it('ends open items also where the failed response does not have them', () => {
  const run = new ScriptedRun();
  run.beginsMessage([{ type: 'text', text: 'It is' }]);
  expect(outlineOf(run.ends('failed', { output: [] })).slice(-6)).toEqual([
    'response.output_text.done 0',
    'response.content_part.done 0',
    'response.output_item.done 0',
    'error',
    'response.failed',
    'data: [DONE]',
  ]);
});

it('writes the error event in both shapes that clients read', () => {
  const error = {
    code: 'rate_limited' as const,
    message: 'The provider is rate limiting',
    retryAfterMs: 2_500,
  };
  const encode = openStream();
  const frames = new ScriptedRun().ends('failed', { error }).flatMap((event) => encode(event));
  const [, data = ''] = /^event: error\ndata: (.*)\n\n$/.exec(frames.at(-3) ?? '') ?? [];
  const shared = { code: 'rate_limit_exceeded', message: error.message, param: null, retry_after: 3 };
  expect(JSON.parse(data)).toEqual({
    type: 'error',
    sequence_number: 2,
    ...shared,
    error: { type: 'rate_limit_error', ...shared, reason: 'rate_limit_exceeded' },
  });
  expect(frames.at(-2)).toMatch(/^event: response\.failed\n.*"sequence_number":3/);
});

it('continues with the end of a failure where a reader has the error already', () => {
  const events = new ScriptedRun().ends('failed');
  const all = events.flatMap(openStream());
  expect(events.flatMap(openStream(2))).toEqual(all.slice(3));
  const rebuilt = events.map((event) =>
    event.type === 'response.created' ? { ...event, isRebuilt: true as const } : event,
  );
  expect(rebuilt.flatMap(openStream(9)).map((frame) => /^event: (\S+)/.exec(frame)?.[1])).toEqual([
    'error',
    'response.failed',
    undefined,
  ]);
});

it('ends open items before the response', () => {
  const run = new ScriptedRun();
  run.beginsMessage([{ type: 'text', text: 'It is' }]);
  expect(outlineOf(run.ends('failed')).slice(-6)).toEqual([
    'response.output_text.done 0',
    'response.content_part.done 0',
    'response.output_item.done 0',
    'error',
    'response.failed',
    'data: [DONE]',
  ]);
});

it('writes nothing after its end', () => {
  const encode = openStream();
  const events = new ScriptedRun().says('Hi').ends('requires_action');
  const frames = events.flatMap((event) => encode(event));
  expect(frames.at(-2)).toMatch(/^event: response\.completed\n/);
  expect(events.flatMap((event) => encode(event))).toEqual([]);
});

it('does not announce an item twice where the response already holds it', () => {
  const events = new ScriptedRun().says('Hi').ends('completed');
  const final = events.at(-1);
  const first = events[0];
  if (!final || !('response' in final) || !first || !('response' in first)) throw new Error('no response');
  const [created] = openStream()({ type: 'response.created', response: final.response });
  expect(created).toContain('"output":[]');
});

it('continues after any number with the same events', () => {
  const events = new ScriptedRun()
    .thinks('hm')
    .asksServer({ callId: 'call_1' })
    .answers('call_1', 'one')
    .says('Quantum', ' computing')
    .ends('completed');
  const framesAfter = (startingAfter?: number) => {
    const encode = openStream(startingAfter);
    return events.flatMap((event) => encode(event));
  };
  const all = framesAfter();
  const lastNumber = all.length - 2; // the end mark has no number
  for (let number = 0; number <= lastNumber; number++)
    expect(framesAfter(number)).toEqual(all.slice(number + 1));
});

it('ends without an event for a reader with a number beyond its end', () => {
  const encode = openStream(1_000);
  const events = new ScriptedRun().says('Hello').ends('completed');
  expect(events.flatMap((event) => encode(event))).toEqual(['data: [DONE]\n\n']);
});

it('writes the end for such a reader where fewer events are rebuilt', () => {
  const [first, ...rest] = new ScriptedRun().says('Hello').ends('completed');
  if (first?.type !== 'response.created') throw new Error('a run begins with its response');
  const encode = openStream(1_000);
  const frames = [{ ...first, isRebuilt: true as const }, ...rest].flatMap((event) => encode(event));
  expect(frames).toEqual([
    expect.stringMatching(/^event: response.completed\ndata: .*"sequence_number":1001/),
    'data: [DONE]\n\n',
  ]);
});

it('an item that replaces an unfinished one has a new place', () => {
  const message: Item = { type: 'message', id: '', role: 'assistant', content: [], status: 'in_progress' };
  const half = new ScriptedRun();
  const { id, index } = half.beginsMessage([{ type: 'text', text: 'Half' }]);
  const content = [{ type: 'text' as const, text: 'Half' }];
  const whole = [{ type: 'text' as const, text: 'Whole' }];
  const events: ResponseEvent[] = [
    ...half.events,
    { type: 'item.done', index, item: { ...message, id, content, status: 'incomplete' } },
    { type: 'item.added', index, item: { ...message, id: 'msg_2' } },
    { type: 'item.done', index, item: { ...message, id: 'msg_2', content: whole, status: 'completed' } },
  ];
  expect(outlineOf(events).filter((line) => line.includes('output_item'))).toEqual([
    'response.output_item.added 0',
    'response.output_item.done 0',
    'response.output_item.added 1',
    'response.output_item.done 1',
  ]);
});
