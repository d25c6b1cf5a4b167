import { EventStreamCodec } from '@smithy/core/event-streams';
import { type Framing, FramingError, type OnFrame } from './framing.ts';

/** Length and checksums around the headers and the payload, in bytes. */
const frameBytesMin = 16;
/** AWS's limit of a frame. */
const frameBytesMax = 24 * 1024 * 1024;

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
);

type Headers = ReturnType<typeof codec.decode>['headers'];

/**
 * AWS's binary frames (`application/vnd.amazon.eventstream`). An event of type `contentBlockDelta` becomes the text
 * `{"contentBlockDelta": payload}`, and an exception becomes an error with its type as `__type`.
 */
export class AwsEventStreamFraming implements Framing {
  readonly mayBeJson = true;
  private rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer, onFrame: OnFrame): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (bytes.length >= 4) {
      const length = bytes.readUInt32BE(0);
      if (length < frameBytesMin || length > frameBytesMax)
        throw new FramingError('sent something that is not a frame of events');
      if (bytes.length < length) break;
      readFrame(bytes.subarray(0, length), onFrame);
      bytes = bytes.subarray(length);
    }
    this.rest = bytes;
  }

  end(): void {
    // A cut frame leaves the answer unfinished, which its decoder notices.
  }
}

function readFrame(frame: Buffer, onFrame: OnFrame): void {
  const { headers, body } = decode(frame);
  const payload = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').trim() || '{}';
  switch (textOf(headers, ':message-type')) {
    case 'event':
      onFrame(`{${JSON.stringify(textOf(headers, ':event-type'))}:${payload}}`, 'data');
      return;
    case 'exception':
      onFrame(withType(textOf(headers, ':exception-type'), payload), 'error');
      return;
    case 'error': {
      const message = JSON.stringify({ message: textOf(headers, ':error-message') });
      onFrame(withType(textOf(headers, ':error-code'), message), 'error');
    }
  }
}

function decode(frame: Buffer): ReturnType<typeof codec.decode> {
  try {
    return codec.decode(frame);
  } catch (cause) {
    throw new FramingError('sent a frame that cannot be read', { cause });
  }
}

function textOf(headers: Headers, name: string): string {
  const value = headers[name]?.value;
  return typeof value === 'string' ? value : '';
}

/** The payload of an exception, a JSON object or a sentence, as one object with its type. */
function withType(type: string, payload: string): string {
  try {
    const fields: unknown = JSON.parse(payload);
    if (typeof fields === 'object' && fields !== null) return JSON.stringify({ __type: type, ...fields });
  } catch {
    // It is a sentence.
  }
  return JSON.stringify({ __type: type, message: payload });
}
