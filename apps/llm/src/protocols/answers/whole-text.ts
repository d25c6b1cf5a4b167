import { storableText } from '@antiphon/contracts';

/**
 * Joins characters that a provider cut between two pieces of a text: half of a surrogate pair waits for its other half. A half that
 * stays alone and a NUL character become U+FFFD, so that a client gets the text that is stored.
 */
export class WholeText {
  private half = '';

  /** The whole characters so far. May be empty. */
  push(piece: string): string {
    const text = this.half + piece;
    const last = text.charCodeAt(text.length - 1);
    const isCut = last >= 0xd800 && last <= 0xdbff;
    this.half = isCut ? text.slice(-1) : '';
    return storableText(isCut ? text.slice(0, -1) : text);
  }

  /** The rest, after the last piece. */
  end(): string {
    const left = storableText(this.half);
    this.half = '';
    return left;
  }
}
