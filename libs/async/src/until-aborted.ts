/**
 * Waits for a promise until the signal aborts. An abort rejects with the signal's reason, unchanged; the promise itself goes on.
 * The abort listener is removed once the promise settles, so that a long-lived signal does not collect listeners.
 */
export function untilAborted<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    // The reason belongs to the caller, who aborted with it.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener('abort', abort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors
        reject(error);
      },
    );
    if (signal.aborted) abort();
  });
}
