/** What the promise gives, unless the signal aborts first: then nobody waits for it any more. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const give = () => reject(signal.reason as Error); // what aborts a signal of ours is an Error
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { signal: settled.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    settled.abort();
  }
}
