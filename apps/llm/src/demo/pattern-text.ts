/** The most a quantifier is obeyed, so that `a{999999}` costs nothing. */
const repeatMax = 1000;
/** Characters of the whole text: quantifiers within groups multiply. */
const textMax = 10_000;
/** Groups within groups. What lies deeper is read as plain characters. */
const depthMax = 100;

/**
 * A short text that a regular expression matches, made from its source and never by running it: a caller's pattern may take for ever.
 * Look-arounds and back references are passed over.
 */
export function textForPattern(pattern: string): string {
  return new PatternReader(pattern).alternatives();
}

class PatternReader {
  #at = 0;
  #depth = 0;

  constructor(private readonly source: string) {}

  /** The first alternative, the others read and dropped. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#peek() === '|') {
      this.#at++;
      this.#sequence();
    }
    return first;
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.source.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const atom = this.#atom();
      const repeats = Math.min(this.#repeats(), Math.ceil((textMax - text.length) / (atom.length || 1)));
      text += atom.repeat(repeats);
    }
    return text;
  }

  #atom(): string {
    const character = this.source[this.#at++] ?? '';
    if (character === '^' || character === '$') return '';
    if (character === '.') return 'a';
    if (character === '\\') return this.#escape();
    if (character === '[') return this.#class();
    if (character === '(' && this.#depth < depthMax) return this.#group();
    return character;
  }

  #group(): string {
    const kind = /^\?(?::|=|!|<=|<!|<\w+>)?/.exec(this.source.slice(this.#at))?.[0] ?? '';
    this.#at += kind.length;
    this.#depth++;
    const inside = this.alternatives();
    this.#depth--;
    if (this.#peek() === ')') this.#at++;
    return /^\?(?:=|!|<=|<!)$/.test(kind) ? '' : inside;
  }

  #escape(): string {
    const character = this.source[this.#at++] ?? '';
    if (character === 'p' || character === 'P') {
      this.#at += /^\{[^}]*\}/.exec(this.source.slice(this.#at))?.[0].length ?? 0;
      return 'a';
    }
    const code = /^(?:u[\da-f]{4}|x[\da-f]{2})/i.exec(this.source.slice(this.#at - 1))?.[0];
    if (code !== undefined) {
      this.#at += code.length - 1;
      return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    }
    return escapes[character] ?? (/\d/.test(character) ? '' : character);
  }

  /** A character of a class. For a negated one, any that it does not name. */
  #class(): string {
    const isNegated = this.#peek() === '^';
    if (isNegated) this.#at++;
    const members: string[] = [];
    while (this.#at < this.source.length && this.#peek() !== ']') {
      members.push(this.#peek() === '\\' ? this.#escapeAfterSlash() : (this.source[this.#at++] ?? ''));
    }
    this.#at++;
    if (!isNegated) return members[0] ?? '';
    return ['a', '0', 'A', ' ', '_'].find((candidate) => !members.includes(candidate)) ?? 'z';
  }

  #escapeAfterSlash(): string {
    this.#at++;
    return this.#escape();
  }

  #repeats(): number {
    const quantifier = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.source.slice(this.#at));
    if (quantifier === null) return 1;
    this.#at += quantifier[0].length;
    if (quantifier[1] !== undefined) return Math.min(repeatMax, Number(quantifier[1]));
    return quantifier[0].startsWith('+') ? 1 : 0;
  }

  #peek(): string | undefined {
    return this.source[this.#at];
  }
}

const escapes: Record<string, string> = {
  d: '0',
  D: 'a',
  w: 'a',
  W: ' ',
  s: ' ',
  S: 'a',
  b: '',
  B: '',
  n: '\n',
  r: '\r',
  t: '\t',
};
