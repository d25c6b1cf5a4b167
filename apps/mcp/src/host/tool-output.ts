import { storableText } from '@antiphon/contracts';

/** A result as JSON text whose strings PostgreSQL can store: no NUL and no unpaired surrogate, escaped or not. */
export function jsonOutput(value: unknown): string {
  return JSON.stringify(value).replace(unstorableEscape, '$1\uFFFD');
}

/** JSON.stringify escapes exactly these characters. An even number of backslashes before the escape belongs to the text. */
const unstorableEscape = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** Storable text of at most `bytesMax` bytes. A note says that it was cut. */
export function boundedOutput(text: string, bytesMax: number): string {
  const clean = storableText(text);
  const size = Buffer.byteLength(clean);
  if (size <= bytesMax) return clean;
  const note = `\n[The output was cut: it has ${size} bytes, at most ${bytesMax} are given.]`;
  const room = Math.max(bytesMax - Buffer.byteLength(note), 0);
  return wholeCharacters(Buffer.from(clean).subarray(0, room)) + note;
}

/** Drops the bytes of a character that the cut split. */
function wholeCharacters(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

/** The longest beginning of a text that has at most `bytesMax` bytes as a JSON string. */
export function beginningAsJson(text: string, bytesMax: number): string {
  if (text.length <= bytesMax && jsonBytes(text) <= bytesMax) return text;
  // A character has at least one byte, so the beginning has at most `bytesMax` characters.
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
