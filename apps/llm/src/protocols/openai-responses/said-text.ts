import { WholeText } from '../answers/whole-text.ts';

/** A text that arrives in pieces and may be repeated as a whole at its end. */
export class SaidText {
  private received = '';
  private readonly joiner = new WholeText();

  get isEmpty(): boolean {
    return this.received === '';
  }

  /** Whether the text is a JSON value. */
  get isJson(): boolean {
    try {
      JSON.parse(this.received);
      return true;
    } catch {
      return false;
    }
  }

  /** The whole characters of the next piece. May be empty. */
  push(piece: string): string {
    this.received += piece;
    return this.joiner.push(piece);
  }

  /** The end of the text: what the pieces left out of it. A text that differs from its pieces is ignored. */
  end(whole: string): string {
    const rest = whole.startsWith(this.received) ? whole.slice(this.received.length) : '';
    return this.push(rest) + this.joiner.end();
  }
}
