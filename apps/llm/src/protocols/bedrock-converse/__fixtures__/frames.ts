import { EventStreamCodec } from '@smithy/core/event-streams';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
);

/** A binary frame of AWS for an event, given as `{"contentBlockDelta": payload}`. */
export function frameOf(event: string): Buffer {
  const [[type, payload] = ['', {}]] = Object.entries(JSON.parse(event) as Record<string, unknown>); // an event is an object
  return encoded({ ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' }, payload);
}

/** A binary frame for an exception in the middle of an answer. */
export function exceptionFrame(type: string, message: string): Buffer {
  return encoded({ ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' }, { message });
}

function encoded(headers: Record<string, string>, payload: unknown): Buffer {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]);
  const body = Buffer.from(JSON.stringify(payload));
  // The entries are headers of strings.
  return Buffer.from(codec.encode({ headers: Object.fromEntries(typed) as never, body }));
}
