/** A beat comes early by this share of `silenceMs`, because a busy process is late. */
const earlyShare = 0.1;

/** Calls `beat` after a silence, and again while the silence lasts, so that no two signs of life are further apart than `silenceMs`. */
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

  /** Something was sent: the silence begins anew. */
  note(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
