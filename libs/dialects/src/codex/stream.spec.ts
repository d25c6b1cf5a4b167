import { read, type ResponseEvent } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import type { StreamEncoder } from '../dialect.ts';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { ToolOutput } from './schema.ts';
import { decodeToolOutput } from './tool-outputs.ts';
import { openStream } from './stream.ts';

/** The fields of an event that the samples read. */
interface WireEvent {
  type: string;
  sequence_number: number;
  response: { id: string };
  delta: string | { role: string; content: { type: string; text: string }[] };
  [field: string]: unknown;
}

function parse(frame: string): WireEvent {
  const [, name, data = ''] = /^event: (.+)\ndata: (.+)\n\n$/.exec(frame) ?? [];
  const event = JSON.parse(data) as WireEvent;
  expect(event.type).toBe(name);
  return event;
}

function framesOf(events: readonly ResponseEvent[], encode: StreamEncoder = openStream()): string[] {
  return events.flatMap((event) => encode(event));
}

function typesOf(frames: readonly string[]): string[] {
  return frames.map((frame) =>
    frame.startsWith('event: ') ? parse(frame).type.replace('response.', '') : frame.trim(),
  );
}

it('writes a placeholder for an image', () => {
  const run = new ScriptedRun().speaks([
    { type: 'text', text: 'Look:' },
    { type: 'image', url: 'data:image/png;base64,AAAA' },
  ]);
  const frames = framesOf(run.ends('completed')).slice(0, -1).map(parse);
  const texts = frames.flatMap(({ delta }) => (typeof delta === 'object' ? [delta.content[0]?.text] : []));
  expect(texts).toEqual(['Look:', '[image]']);
});

it('streams text as the first sample reads it', () => {
  const frames = framesOf(new ScriptedRun().says('Two', ' folders').ends('completed'));
  expect(typesOf(frames)).toEqual([
    'created',
    'in_progress',
    'output_text.delta',
    'output_text.delta',
    'completed',
    'data: [DONE]',
  ]);
  const events = frames.slice(0, -1).map(parse);
  expect(events.map((event) => event.sequence_number)).toEqual([0, 1, 2, 3, 4]);
  const text = events.map(({ delta }) => (typeof delta === 'object' ? delta.content[0]?.text : '')).join('');
  expect(text).toBe('Two folders');
  expect(events[2]).toMatchObject({ delta: { role: 'assistant', content: [{ type: 'output_text' }] } });
});

it('writes a call as the second sample reads it, and continues after its output', () => {
  const run = new ScriptedRun().asksCaller({ callId: 'call_1' });
  const events = run.ends('requires_action');
  const encode = openStream();
  const frames = framesOf(events, encode);
  expect(typesOf(frames)).toEqual(['created', 'in_progress', 'tool_call.delta', 'tool_call.completed']);

  const { delta, response } = parse(frames[2] ?? '');
  expect(response.id).toBe('resp_test');
  const [call] = JSON.parse(delta as string) as { id: string; call_id: string }[];
  expect(call).toEqual({
    type: 'tool_call',
    id: 'fc_call_1',
    call_id: 'call_1',
    name: 'get_weather',
    arguments: '{"q":"weather"}',
    status: 'in_progress',
  });
  const paused = events.at(-1);
  if (!paused || !('response' in paused)) throw new Error('the run does not end in a pause');
  for (const id of [call?.id, call?.call_id])
    expect(
      decodeToolOutput(read(ToolOutput, { tool_call_id: id, output: '42' }), paused.response),
    ).toMatchObject([{ callId: 'call_1' }]);

  const later = framesOf(
    [
      { type: 'response.in_progress', response: paused.response },
      { type: 'text.delta', index: 1, itemId: 'msg_1', delta: '42' },
      { type: 'response.completed', response: { ...paused.response, status: 'completed' } },
    ],
    encode,
  );
  expect(typesOf(later)).toEqual(['in_progress', 'output_text.delta', 'completed', 'data: [DONE]']);
  expect(parse(later[0] ?? '').sequence_number).toBe(4);
});

it('writes each call once, also where the run waits again', () => {
  const events = new ScriptedRun()
    .asksCaller({ callId: 'call_1' }, { callId: 'call_2' })
    .ends('requires_action');
  const encode = openStream();
  expect(typesOf(framesOf(events, encode)).filter((type) => type === 'tool_call.delta')).toHaveLength(2);
  expect(framesOf(events.slice(-1), encode)).toEqual([]);
});

it('ends at a pause of a response that is not stored, which takes no outputs', () => {
  const [pause] = new ScriptedRun().asksCaller({ callId: 'call_1' }).ends('requires_action').slice(-1);
  if (!pause || !('response' in pause)) throw new Error('the run does not end in a pause');
  const frames = openStream()({ ...pause, response: { ...pause.response, stored: false } });
  expect(typesOf(frames)).toEqual(['tool_call.delta', 'tool_call.completed', 'data: [DONE]']);
});

it('sends keep-alive events without a sequence number', () => {
  const encode = openStream();
  const [created] = new ScriptedRun().ends('completed');
  if (created) encode(created);
  expect(parse(encode.heartbeat?.(1_766_484_000_500) ?? '')).toEqual({
    type: 'response.ping',
    sequence_number: 0,
    timestamp: 1_766_484_000,
    response: {},
  });
});

it('leaves out the events that its reader has, and writes the end also where fewer events are rebuilt', () => {
  const events = new ScriptedRun().says('It', ' is').ends('completed');
  const all = framesOf(events);
  expect(framesOf(events, openStream(1))).toEqual(all.slice(2));
  expect(framesOf(events, openStream(20))).toEqual(['data: [DONE]\n\n']);
  const rebuilt = events.map((event) =>
    event.type === 'response.created' ? { ...event, isRebuilt: true as const } : event,
  );
  const late = framesOf(rebuilt, openStream(20));
  expect(typesOf(late)).toEqual(['completed', 'data: [DONE]']);
  expect(parse(late[0] ?? '').sequence_number).toBe(21);
});

it('writes the text of a message that another process made', () => {
  const [created, ...rest] = new ScriptedRun().says('It', ' is').ends('completed');
  const untold = rest.filter(({ type }) => type !== 'text.delta');
  const frames = framesOf(created ? [created, ...untold] : []);
  const deltas = frames.filter((frame) => frame.includes('output_text.delta')).map((frame) => parse(frame));
  expect(deltas).toMatchObject([{ delta: { content: [{ text: 'It is' }] } }]);
});

it.each(['incomplete', 'failed', 'cancelled'] as const)('ends with response.%s', (status) => {
  const events = new ScriptedRun().says('It').ends(status);
  const encode = openStream();
  expect(typesOf(framesOf(events, encode)).slice(-2)).toEqual([status, 'data: [DONE]']);
  expect(framesOf(events, encode)).toEqual([]);
});
