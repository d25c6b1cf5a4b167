import { storableText } from '@antiphon/contracts';

/** A result as JSON text, whose strings any store takes: no NUL, no half of a surrogate pair, escaped or not. */
export function jsonOutput(value: unknown): string {
  return JSON.stringify(value).replace(unstorableEscape, '$1\uFFFD');
}

/** JSON.stringify escapes exactly these; an even number of backslashes before them belongs to the text. */
const unstorableEscape = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** Text that any store takes, up to `bytesMax` bytes; a note says where it was cut. */
export function boundedOutput(text: string, bytesMax: number): string {
  const clean = storableText(text);
  const size = Buffer.byteLength(clean);
  if (size <= bytesMax) return clean;
  const note = `\n[The output was cut: it has ${size} bytes, at most ${bytesMax} are given.]`;
  const room = Math.max(bytesMax - Buffer.byteLength(note), 0);
  return wholeCharacters(Buffer.from(clean).subarray(0, room)) + note;
}

/** A cut within a character leaves a replacement character at the end. */
function wholeCharacters(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

/** The longest beginning of a text that takes at most `bytesMax` bytes as a JSON string. */
export function beginningAsJson(text: string, bytesMax: number): string {
  if (text.length <= bytesMax && jsonBytes(text) <= bytesMax) return text;
  // A character takes at least one byte, so what fits lies within the first `bytesMax` characters.
  let fits = 0;
  let tooLong = Math.min(text.length, bytesMax) + 1;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (jsonBytes(text.slice(0, middle)) <= bytesMax) fits = middle;
    else tooLong = middle;
  }
  const beginning = text.slice(0, fits);
  return /[\ud800-\udbff]$/.test(beginning) ? beginning.slice(0, -1) : beginning;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
