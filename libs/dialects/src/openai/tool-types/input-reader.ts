import type { FunctionCallItem } from '@antiphon/contracts';
import { argumentsOf } from '../../common/call-arguments.ts';

/** What may follow a backslash, as far as it has arrived. */
const partOfEscape = /^\\(?:u[0-9a-fA-F]{0,3})?$/;
const escape = /^\\(?:u[0-9a-fA-F]{4}|.)/s;

/** The text of the one argument of a call. A model may write arguments of another form, which are the text as they are. */
export function textArgumentOf(call: Pick<FunctionCallItem, 'arguments'>, name: string): string {
  const text = argumentsOf(call)?.[name];
  return typeof text === 'string' ? text : call.arguments;
}

/**
 * Reads the text of the one argument of a call while a model writes it: `{"input": "…"}`. Arguments of another form give no text here.
 */
export class InputReader {
  private readonly beginning: RegExp;
  /** The arguments that were not read yet. */
  private unread = '';
  private state: 'before' | 'inside' | 'after' = 'before';

  /** `name` is the name of the argument. */
  constructor(name: string) {
    this.beginning = new RegExp(`^\\s*\\{\\s*"${name}"\\s*:\\s*"`);
  }

  /** The text of the input that the next piece of the arguments adds. */
  read(piece: string): string {
    this.unread += piece;
    if (this.state === 'before') {
      const begun = this.beginning.exec(this.unread);
      if (!begun) return '';
      this.unread = this.unread.slice(begun[0].length);
      this.state = 'inside';
    }
    return this.state === 'inside' ? this.readInside() : '';
  }

  private readInside(): string {
    let text = '';
    let at = 0;
    for (; at < this.unread.length; at++) {
      const char = this.unread[at];
      if (char === '"') {
        this.state = 'after';
        break;
      }
      if (char !== '\\') {
        text += char;
        continue;
      }
      const rest = this.unread.slice(at, at + 6);
      const whole = escape.exec(rest)?.[0];
      if (partOfEscape.test(rest) || whole === undefined) break;
      text += unescaped(whole);
      at += whole.length - 1;
    }
    // The first half of a surrogate pair waits for the second.
    const isHalf = this.state === 'inside' && /[\ud800-\udbff]$/.test(text);
    const half = isHalf ? text.slice(-1) : '';
    this.unread = half + this.unread.slice(at);
    return isHalf ? text.slice(0, -1) : text;
  }
}

function unescaped(sequence: string): string {
  try {
    return JSON.parse(`"${sequence}"`) as string; // JSON.parse of a string literal
  } catch {
    return sequence;
  }
}
