import type { ResponseEvent } from '@antiphon/contracts';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { openStream } from './stream.ts';

function framesOf(events: readonly ResponseEvent[]): string[] {
  const encode = openStream();
  return events.flatMap((event) => encode(event));
}

function dataOf(frame: string | undefined): unknown {
  return JSON.parse(frame?.slice('data: '.length) ?? '');
}

it('writes the frames of the document', () => {
  const example = readFileSync(
    new URL('./__fixtures__/stream-event-format.sse.txt', import.meta.url),
    'utf8',
  );
  const expected = example.split(/(?<=\n\n)/);
  const events = new ScriptedRun()
    .asksServer({ callId: 'call_1' })
    .answers('call_1', 'Sunny')
    .says('Based', ' on', ' recent')
    .ends('completed');
  const frames = framesOf(events);
  expect(frames.slice(2)).toEqual(expected.slice(2));
  expect(dataOf(frames[0])).toEqual({
    tool_execution: { tool_name: 'google_search', status: 'started', depth: 0, call_id: 'call_1' },
  });
  expect(dataOf(frames[1])).toEqual({
    tool_execution: {
      tool_name: 'google_search',
      status: 'completed',
      execution_time_ms: 342,
      depth: 0,
      call_id: 'call_1',
    },
  });
});

it('writes a failed tool and continues', () => {
  const error = { code: 'tool_timeout', message: 'google_search did not answer within 45 s.' } as const;
  const frames = framesOf(
    new ScriptedRun()
      .asksServer({ callId: 'call_1' })
      .answers('call_1', error.message, error)
      .says('No luck')
      .ends('completed'),
  );
  expect(dataOf(frames[1])).toMatchObject({ tool_execution: { status: 'failed' } });
  expect(frames.slice(2)).toEqual(['data: {"delta":{"content":"No luck"}}\n\n', 'data: [DONE]\n\n']);
});

it('writes a placeholder for an image', () => {
  const run = new ScriptedRun().speaks([
    { type: 'text', text: 'Look:' },
    { type: 'image', url: 'data:image/png;base64,AAAA' },
  ]);
  expect(framesOf(run.ends('completed'))).toEqual([
    'data: {"delta":{"content":"Look:"}}\n\n',
    'data: {"delta":{"content":"[image]"}}\n\n',
    'data: [DONE]\n\n',
  ]);
});

it('leaves out thoughts, and writes refusals as text', () => {
  expect(framesOf(new ScriptedRun().thinks('Hm').refuses('No\n\nway').ends('incomplete'))).toEqual([
    'data: {"delta":{"content":"No\\n\\nway"}}\n\n',
    'data: [DONE]\n\n',
  ]);
});

it('ends with the error of a failed run', () => {
  const error = {
    code: 'max_depth_exceeded',
    message: 'Tool execution exceeded maximum depth of 8',
  } as const;
  const frames = framesOf(new ScriptedRun().says('It is').ends('failed', { error }));
  expect(dataOf(frames.at(-2))).toEqual({ error: { ...error, type: 'execution_error' } });
  expect(frames.at(-1)).toBe('data: [DONE]\n\n');
});

it('ends with an error where the response was cancelled', () => {
  const frames = framesOf(new ScriptedRun().ends('cancelled'));
  expect(dataOf(frames[0])).toMatchObject({ error: { code: 'cancelled' } });
  expect(frames).toHaveLength(2);
});

it('ends once, also at a pause', () => {
  const encode = openStream();
  const events = new ScriptedRun().asksCaller({ callId: 'call_1' }).ends('requires_action');
  expect(events.flatMap((event) => encode(event))).toEqual(['data: [DONE]\n\n']);
  expect(events.flatMap((event) => encode(event))).toEqual([]);
});
