/**
 * The time that work in another thread or process may take, from `start` on. A process that stood still or was busy reads the answers that
 * arrived meanwhile before the time counts as over.
 */
export class WorkTime {
  private readonly over = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private lastLook: NodeJS.Immediate | undefined;

  constructor(private readonly ms: number) {}

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  start(): void {
    // Timers run before the messages that wait, and setImmediate after them.
    this.timer = setTimeout(() => {
      this.lastLook = setImmediate(() => this.over.abort());
    }, this.ms);
  }

  /** The work has ended. */
  end(): void {
    clearTimeout(this.timer);
    clearImmediate(this.lastLook);
  }
}
