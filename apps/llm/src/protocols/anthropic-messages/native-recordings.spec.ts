import type { HostedKind, ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { isObject, objectsOf, parseObject } from '../../providers/json-object.ts';
import { askedOptions } from '../__fixtures__/read-answer.ts';
import { type Recording, recordingsOf } from '../__fixtures__/recordings.ts';
import { ToolNames } from '../turns/tool-names.ts';
import { MessageAnswer } from './answer.ts';
import { kindsOfCalls } from './native-tools.ts';

/** The ids of the calls of hosted tools in a recording, as they begin. */
function callsIn({ events, body }: Recording): unknown[] {
  const whole = parseObject(body);
  const blocks = events
    ? events.flatMap((event) => objectsOf([parseObject(event)?.['content_block']]))
    : objectsOf(whole?.['content']);
  return blocks
    .filter(({ type, name }) => type === 'server_tool_use' && String(name) in kindsOfCalls)
    .map(({ id }) => id);
}

const recorded = recordingsOf('anthropic_messages').filter(
  (recording) => callsIn(recording).length > 0 && isOneMessage(recording),
);

/** Some recordings have the streams of several requests. */
function isOneMessage({ events }: Recording): boolean {
  return (events ?? []).filter((event) => parseObject(event)?.['type'] === 'message_start').length <= 1;
}

describe.skipIf(recorded.length === 0)("recorded answers with the API's own tools", () => {
  it.each(recorded.map((recording) => [recording.name, recording] as const))(
    'of %s have a call with its result for each of them',
    (_name, recording) => {
      const nativeTools = new Set<HostedKind>(['web_search', 'code_interpreter']);
      const decoder = new MessageAnswer({ ...askedOptions, names: new ToolNames([]), nativeTools });
      const deltas: ModelDelta[] = [];
      if (recording.events === null) decoder.whole(recording.body, deltas);
      else for (const event of recording.events) decoder.event(event, deltas);

      const begun = deltas.flatMap((delta) => (delta.type === 'hosted_call' ? [delta.callId] : []));
      expect(begun).toEqual(callsIn(recording));
      const results = deltas.flatMap((delta) => (delta.type === 'hosted_result' ? [delta] : []));
      expect(results.map(({ call }) => call).sort((a, b) => a - b)).toEqual(begun.map((_id, call) => call));
      for (const { call, result } of results) {
        const [asked, answered] = objectsOf(result.origin?.extraContent['blocks']);
        expect(asked?.['id']).toBe(begun[call]);
        expect(answered?.['tool_use_id']).toBe(begun[call]);
        expect(isObject(asked?.['input'])).toBe(true);
      }
      expect(deltas.at(-1)?.type).toBe('end');
    },
  );
});
