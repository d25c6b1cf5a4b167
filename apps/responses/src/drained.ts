import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Waits until a slow reader has taken what was written, so that nothing piles up here; one who has gone is not waited for. False: it took
 * nothing for `timeoutMs`.
 */
export async function drained(socket: Writable, timeoutMs: number): Promise<boolean> {
  if (!socket.writableNeedDrain || socket.destroyed) return true;
  const stop = new AbortController();
  let isStalled = false;
  const timer = setTimeout(() => {
    isStalled = true;
    stop.abort();
  }, timeoutMs);
  await Promise.race([once(socket, 'drain', stop), once(socket, 'close', stop)]).catch(() => undefined);
  clearTimeout(timer);
  stop.abort();
  return !isStalled;
}
