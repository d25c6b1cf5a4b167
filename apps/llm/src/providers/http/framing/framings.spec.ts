import { EventStreamCodec } from '@smithy/core/event-streams';
import { describe, expect, it } from 'vitest';
import { type FramingName, FramingError } from './framing.ts';
import { framingOf } from './framings.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);

function frame(texts: Record<string, string>, payload: string): Buffer {
  const fields = Object.entries(texts).map(([name, value]) => [name, { type: 'string', value }] as const);
  return Buffer.from(codec.encode({ headers: Object.fromEntries(fields), body: Buffer.from(payload) }));
}
const event = (type: string, payload: string) =>
  frame({ ':message-type': 'event', ':event-type': type }, payload);

async function read(name: FramingName, body: Buffer, bytesPerRead = Infinity): Promise<[string, string][]> {
  const framing = await framingOf(name);
  const found: [string, string][] = [];
  const onFrame = (text: string, kind: string) => void found.push([kind, text]);
  for (let from = 0; from < body.length; from += bytesPerRead)
    framing.push(body.subarray(from, from + bytesPerRead), onFrame);
  framing.end(onFrame);
  return found;
}

describe.each([Infinity, 7, 1])('with %d bytes a read', (bytesPerRead) => {
  it('lines are events, without empty ones, and the last needs no line feed', async () => {
    const body = Buffer.from('{"a":"ñ🎉"}\r\n\n{"b":2}');
    expect(await read('lines', body, bytesPerRead)).toEqual([
      ['data', '{"a":"ñ🎉"}'],
      ['data', '{"b":2}'],
    ]);
  });

  it("AWS's frames are events under the name of their type, and exceptions are errors", async () => {
    const body = Buffer.concat([
      event('contentBlockDelta', '{"delta":{"text":"ñ🎉"}}'),
      event('messageStop', ''),
      frame({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, '{"message":"slow"}'),
      frame({ ':message-type': 'exception', ':exception-type': 'other' }, 'a sentence'),
      frame({ ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'sorry' }, ''),
      frame({ ':message-type': 'of-tomorrow' }, '{}'),
    ]);
    expect(await read('aws-event-stream', body, bytesPerRead)).toEqual([
      ['data', '{"contentBlockDelta":{"delta":{"text":"ñ🎉"}}}'],
      ['data', '{"messageStop":{}}'],
      ['error', '{"__type":"throttlingException","message":"slow"}'],
      ['error', '{"__type":"other","message":"a sentence"}'],
      ['error', '{"__type":"InternalError","message":"sorry"}'],
    ]);
  });
});

describe("AWS's frames", () => {
  it('are refused where a byte of them is wrong, or where they are none', async () => {
    const wrong = event('x', '{}');
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    await expect(read('aws-event-stream', wrong)).rejects.toBeInstanceOf(FramingError);
    await expect(read('aws-event-stream', Buffer.from('data: {}\n\n'))).rejects.toBeInstanceOf(FramingError);
  });
});
