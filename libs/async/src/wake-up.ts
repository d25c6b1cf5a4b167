/** Wakes one waiting loop. A ring without a waiter is kept for the next wait; several rings count as one. */
export class WakeUp {
  private hasRung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.wake?.();
  }

  /** Resolves at the next ring, after `timeoutMs` (`Infinity`: no time limit), or when the signal aborts. Never rejects. */
  async next(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.hasRung && !signal?.aborted) await this.rung(timeoutMs, signal);
    this.hasRung = false;
  }

  private rung(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.wake = undefined;
        resolve();
      };
      const timer = timeoutMs === Infinity ? undefined : setTimeout(wake, timeoutMs);
      signal?.addEventListener('abort', wake);
      this.wake = wake;
    });
  }
}
