import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Whether what was written has left for the reader, within the time: so that nothing piles up here, but no reader is waited for for ever.
 * One who goes away ends the wait.
 */
export async function drained(socket: Writable, timeoutMs: number): Promise<boolean> {
  if (!socket.writableNeedDrain || socket.destroyed) return true;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const isDrained = await Promise.race([
    once(socket, 'drain', stop).then(() => true),
    once(socket, 'close', stop).then(() => true),
  ]).catch(() => false);
  clearTimeout(timer);
  stop.abort();
  return isDrained;
}
