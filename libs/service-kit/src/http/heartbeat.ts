/** A sign of life is given this much before its time is over, as a share of it: a busy process is late. */
const earlyShare = 0.1;

/** Calls `beat` where nothing was noted for a while, and again for as long as that goes on. What it says is within `silenceMs` of the last. */
export class Heartbeat {
  private readonly timer: NodeJS.Timeout;

  constructor(silenceMs: number, beat: () => void) {
    this.timer = setTimeout(
      () => {
        this.timer.refresh();
        beat();
      },
      silenceMs * (1 - earlyShare),
    ).unref();
  }

  /** Something was said: the silence begins anew. */
  note(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
