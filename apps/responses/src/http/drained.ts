import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Waits until the reader has read the written data, so that writes do not pile up in memory. False: it has not within `timeoutMs`. A
 * connection that closes ends the wait.
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
