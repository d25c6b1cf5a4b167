/**
 * Pulls from an iterator until a signal aborts: an abort rejects the pull under way and every later one with the signal's reason. One
 * listener serves all pulls, so that a stream of many values does not add and remove one for each. One pull at a time.
 */
export class AbortableIterator<T> {
  private reject: ((reason: unknown) => void) | undefined;

  constructor(
    private readonly source: AsyncIterator<T>,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', this.onAbort, { once: true });
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      // The reason belongs to the caller, who aborted with it.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      if (this.signal.aborted) return reject(this.signal.reason);
      this.reject = reject;
      this.source.next().then(resolve, reject);
    });
  }

  /** Ends the iterator without waiting: one that ignores its signal would block the caller. Errors of its end are dropped. */
  close(): void {
    this.signal.removeEventListener('abort', this.onAbort);
    this.source.return?.().catch(() => undefined);
  }

  private readonly onAbort = (): void => this.reject?.(this.signal.reason);
}
