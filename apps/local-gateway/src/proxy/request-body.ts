import type { IncomingMessage } from 'node:http';

/** The outcome of reading a body. */
export type RequestBody = { readonly bytes: Buffer | null } | 'too large' | 'aborted';

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
