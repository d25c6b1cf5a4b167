/**
 * Puts characters together that a provider cut between two pieces of a text: half of a surrogate pair waits for its other half. What comes
 * out is well-formed; a half that stays alone becomes U+FFFD, as it does where responses are stored.
 */
export class WholeText {
  #half = '';

  /** The text that is whole by now. May be empty. */
  push(piece: string): string {
    const text = this.#half + piece;
    const last = text.charCodeAt(text.length - 1);
    const isCut = last >= 0xd800 && last <= 0xdbff;
    this.#half = isCut ? text.slice(-1) : '';
    return (isCut ? text.slice(0, -1) : text).toWellFormed();
  }

  /** No more pieces come: what is left. */
  end(): string {
    const left = this.#half.toWellFormed();
    this.#half = '';
    return left;
  }
}
