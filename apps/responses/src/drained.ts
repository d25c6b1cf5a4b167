import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Resolves once a slow reader has taken what was written, so that nothing piles up here; one who has gone is not waited for. */
export async function drained(socket: Writable): Promise<void> {
  if (!socket.writableNeedDrain || socket.destroyed) return;
  const stop = new AbortController();
  await Promise.race([once(socket, 'drain', stop), once(socket, 'close', stop)]).catch(() => undefined);
  stop.abort();
}
