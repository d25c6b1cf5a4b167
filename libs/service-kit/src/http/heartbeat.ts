/** A beat comes early by this share of `silenceMs`, because a busy process is late. */
const earlyShare = 0.1;

/** Calls `beat` after a silence, and again while the silence lasts, so that two messages are at most `silenceMs` apart. */
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

  /** A message was sent: the silence begins anew. */
  note(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
