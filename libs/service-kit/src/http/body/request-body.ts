import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** The most bytes of a refused body that are taken from a client that does not stop writing. */
const drainedBytesMax = 64 * 1024 * 1024;

/** Whether a request announces a body at all. */
export function announcesBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Whether a body is a form that may hold files. */
export function isForm(headers: IncomingHttpHeaders): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');
}

/**
 * Reads and drops the body of a refused request, so that a client that writes before it reads gets the answer. Resolves with the count of
 * bytes when the body has ended; ends the connection beyond `bytesMax`. The server's request timeout bounds the wait.
 */
export function drainBody(request: IncomingMessage, bytesMax = drainedBytesMax): Promise<number> {
  return new Promise((resolve) => {
    let size = 0;
    const settle = () => resolve(size);
    if (request.complete || request.destroyed) return settle();
    request.on('end', settle).on('close', settle);
    request.on('error', () => request.destroy());
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) request.destroy();
    });
    request.resume();
  });
}
