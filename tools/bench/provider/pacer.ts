const tickMs = 5;

interface Paced {
  nextAtMs: number;
  intervalMs: number;
  /** Sends one piece; false when it was the last one. */
  send: () => boolean;
}

/** Sends the tokens of all paced streams with one timer, each stream at its own times. */
export class Pacer {
  private readonly streams = new Set<Paced>();
  private timer: NodeJS.Timeout | undefined;

  /** Calls `send` at the given rate until it returns false. The first call comes after one interval. */
  add(perSecond: number, send: () => boolean): void {
    const intervalMs = 1000 / perSecond;
    this.streams.add({ nextAtMs: performance.now() + intervalMs, intervalMs, send });
    this.timer ??= setInterval(() => this.tick(), tickMs);
  }

  private tick(): void {
    const now = performance.now();
    for (const stream of this.streams) {
      // A late tick sends all pieces that are due, so that the rate holds.
      while (stream.nextAtMs <= now) {
        stream.nextAtMs += stream.intervalMs;
        if (stream.send()) continue;
        this.streams.delete(stream);
        break;
      }
    }
    if (this.streams.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
