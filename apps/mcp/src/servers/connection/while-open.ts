/**
 * Gives a signal that follows others only while the work goes on. The protocol's client heeds a signal beyond the end of its request: when
 * a deadline passed that had long been met, it would cancel the request then.
 */
export async function whileOpen<T>(
  signals: AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = AbortSignal.any(signals);
  const open = new AbortController();
  const abort = () => open.abort(either.reason);
  either.addEventListener('abort', abort, { once: true });
  if (either.aborted) abort();
  try {
    return await work(open.signal);
  } finally {
    either.removeEventListener('abort', abort);
  }
}
