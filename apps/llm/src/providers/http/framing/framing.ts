/** How an answer is cut into events: server-sent events, JSON a line, or AWS's binary frames. */
export type FramingName = 'sse' | 'lines' | 'aws-event-stream';

/** An event: its text, and whether it is an error by its name. */
export type OnFrame = (text: string, kind: 'data' | 'error') => void;

/** Cuts the bytes of one answer into events. Throws FramingError for bytes that are none. */
export interface Framing {
  /** Whether a body that begins like JSON is one whole JSON body instead. */
  readonly mayBeJson: boolean;
  push(chunk: Buffer, onFrame: OnFrame): void;
  /** The end of the body. */
  end(onFrame: OnFrame): void;
}

/** Bytes that are no events. The message continues "The provider X …". */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}
