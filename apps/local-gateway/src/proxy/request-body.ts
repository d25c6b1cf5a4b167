import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';

/** The outcome of reading a body. */
export type RequestBody = { readonly bytes: Buffer | null } | 'too large' | 'aborted';

/** A body that is passed on while it arrives. */
export interface StreamedBody {
  readonly stream: Transform;
  /** As the caller announced it. */
  readonly length: string | undefined;
  /** The bytes that have arrived. */
  readonly size: () => number;
}

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** Passes a body on as it arrives, no faster than the upstream takes it. Its stream fails with BodyTooLargeError beyond `bytesMax`. */
export function streamBody(request: IncomingMessage, bytesMax: number): StreamedBody {
  let size = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > bytesMax) done(new BodyTooLargeError(`a body of more than ${bytesMax} bytes`));
      else done(null, chunk);
    },
  });
  // The relay reports the error; without a listener it would end the process.
  stream.on('error', () => undefined);
  request.pipe(stream);
  return { stream, length: request.headers['content-length'], size: () => size };
}

/**
 * Reads the whole body, as Kong does by default (request_buffering), so that a body of unknown length that proves too large never reaches
 * the upstream. The server's request timeout bounds the wait.
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<RequestBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (body: RequestBody): void => {
      request.off('data', take).off('end', finish).off('close', abort).off('error', abort);
      resolve(body);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > bytesMax) settle('too large');
      else chunks.push(chunk);
    };
    const finish = (): void =>
      settle({ bytes: chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks) });
    const abort = (): void => settle('aborted');
    request.on('data', take).on('end', finish).on('close', abort).on('error', abort);
  });
}
