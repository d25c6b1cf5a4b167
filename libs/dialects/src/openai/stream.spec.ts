import type { Item, ResponseEvent } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { openStream } from './stream.ts';

/** The events of a stream, each as its name and where it belongs. */
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

it('keeps a server call open until its output is there, and gives the output no place of its own', () => {
  const events = new ScriptedRun()
    .asksServer({ callId: 'call_1', pieces: ['{}'] }, { callId: 'call_2', pieces: ['{}'] })
    .answers('call_2', 'two')
    .answers('call_1', 'one')
    .says('Done')
    .ends('completed');
  expect(outlineOf(events).slice(2)).toEqual([
    'response.output_item.added 0',
    'response.mcp_call.in_progress 0',
    'response.mcp_call_arguments.delta 0',
    'response.mcp_call_arguments.done 0',
    'response.output_item.added 1',
    'response.mcp_call.in_progress 1',
    'response.mcp_call_arguments.delta 1',
    'response.mcp_call_arguments.done 1',
    'response.mcp_call.completed 1',
    'response.output_item.done 1',
    'response.mcp_call.completed 0',
    'response.output_item.done 0',
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

it('tells of the pages that a text goes back to', () => {
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

it('tells of thoughts as summaries', () => {
  const outline = outlineOf(new ScriptedRun().thinks('Hm').ends('completed'));
  expect(outline.slice(3, 7)).toEqual([
    'response.reasoning_summary_part.added 0',
    'response.reasoning_summary_text.delta 0',
    'response.reasoning_summary_text.done 0',
    'response.reasoning_summary_part.done 0',
  ]);
});

it('ends what is still open before it ends', () => {
  const run = new ScriptedRun();
  run.beginsMessage([{ type: 'text', text: 'It is' }]);
  expect(outlineOf(run.ends('failed')).slice(-5)).toEqual([
    'response.output_text.done 0',
    'response.content_part.done 0',
    'response.output_item.done 0',
    'response.failed',
    'data: [DONE]',
  ]);
});

it('says nothing after its end', () => {
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

it('goes on after any number as if it had never stopped', () => {
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

it('ends without an event for a reader that counted further than it goes', () => {
  const encode = openStream(1_000);
  const events = new ScriptedRun().says('Hello').ends('completed');
  expect(events.flatMap((event) => encode(event))).toEqual(['data: [DONE]\n\n']);
});

it('tells such a reader of the end where its events are rebuilt, and fewer than they were', () => {
  const [first, ...rest] = new ScriptedRun().says('Hello').ends('completed');
  if (first?.type !== 'response.created') throw new Error('a run begins with its response');
  const encode = openStream(1_000);
  const frames = [{ ...first, isRebuilt: true as const }, ...rest].flatMap((event) => encode(event));
  expect(frames).toEqual([
    expect.stringMatching(/^event: response.completed\ndata: .*"sequence_number":1001/),
    'data: [DONE]\n\n',
  ]);
});

it('an item that takes the place of one left unfinished has a place of its own', () => {
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
