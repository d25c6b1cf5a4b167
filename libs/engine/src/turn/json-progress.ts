const blank = /^\s*$/;

/**
 * Follows the text of a JSON object or array while it is written, so that its end is known without parsing it again at each piece. It
 * counts brackets outside of strings; whether the text parses is checked where it is used.
 */
export class JsonProgress {
  /** Whether the outermost bracket is closed. */
  isWhole = false;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /** Takes the next piece. False: something other than white space follows a whole value. */
  add(piece: string): boolean {
    for (let at = 0; at < piece.length; at++) {
      if (this.isWhole) return blank.test(piece.slice(at));
      this.take(piece[at]);
    }
    return true;
  }

  private take(char: string | undefined): void {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (char === '\\') this.isEscaped = true;
      else if (char === '"') this.isInString = false;
    } else if (char === '"') this.isInString = true;
    else if (char === '{' || char === '[') this.depth++;
    else if (char === '}' || char === ']') this.isWhole = --this.depth === 0;
  }
}
