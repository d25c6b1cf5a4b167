/** A piece of text that is a token of the bench's provider: its own time of sending in microseconds, or a constant. */
const tokenPattern = /@(\d+) |token /g;
/** The events that carry new text: chat chunks, and the deltas of the Responses API. Later events repeat the whole text. */
const deltaPattern = /"delta":\{[^}]*"content":"|output_text\.delta/;

/**
 * Reads a stream of server-sent events of any server: the number of tokens, the time of the first one, and how long each took from the
 * provider's socket to here.
 */
export class TokenMeter {
  tokens = 0;
  /** When the first token arrived, on the clock that all processes share. Null before it. */
  firstAtUs: number | null = null;
  readonly transitsUs: number[] = [];
  private readonly clockUs: () => number;
  private rest = '';

  constructor(clockUs: () => number) {
    this.clockUs = clockUs;
  }

  take(piece: Buffer): void {
    const now = this.clockUs();
    const lines = (this.rest + piece.toString('latin1')).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!deltaPattern.test(line)) continue;
      for (const [, sentAtUs] of line.matchAll(tokenPattern)) {
        this.tokens++;
        this.firstAtUs ??= now;
        if (sentAtUs !== undefined) this.transitsUs.push(now - Number(sentAtUs));
      }
    }
  }
}
