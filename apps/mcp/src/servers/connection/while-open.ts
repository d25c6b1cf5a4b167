/**
 * Runs work with a signal that follows the given ones only until the work ends. The MCP SDK's client listens to a signal beyond the end of its
 * request: a deadline that passes later would send a cancellation.
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
