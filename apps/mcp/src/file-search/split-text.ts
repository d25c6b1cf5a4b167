export interface SplitOptions {
  /** The longest piece, in characters. */
  pieceMax: number;
  /** How much of a piece's end the next one begins with, at most: what is said across a border is whole in one of them. */
  overlapMax: number;
}

/**
 * Cuts a text into pieces where its author paused: after a paragraph, else a sentence, a line, a word, and within one only where it
 * is longer than half a piece. Pieces hold no white space at their ends; a text that is all white space has none.
 */
export function splitText(text: string, { pieceMax, overlapMax }: SplitOptions): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (;;) {
    const end = start + pieceMax >= text.length ? text.length : findEnd(text, start, pieceMax);
    const piece = text.slice(start, end).trim();
    if (piece !== '') pieces.push(piece);
    if (end === text.length) return pieces;
    start = findStart(text, Math.max(end - overlapMax, start + 1), end);
  }
}

/** What ends something, from what ends most. Each match ends where the next piece may begin. */
const paragraphEnd = /\n[^\S\n]*\n\s*/g;
const sentenceEnd = /[.!?…]["'”’»)\]]*\s+|[。！？]["'”’»」』）]*\s*/g;
const lineEnd = /\n/g;
const wordEnd = /\s+/g;

/** The last good place in the second half of what a piece may hold. */
function findEnd(text: string, start: number, pieceMax: number): number {
  const half = start + Math.ceil(pieceMax / 2);
  const rest = text.slice(half, start + pieceMax);
  for (const pattern of [paragraphEnd, sentenceEnd, lineEnd, wordEnd]) {
    const last = [...rest.matchAll(pattern)].at(-1);
    if (last) return half + last.index + last[0].length;
  }
  return characterBorder(text, start + pieceMax);
}

/** The first good place between the earliest one and the end of the piece before. */
function findStart(text: string, earliest: number, end: number): number {
  const overlap = text.slice(earliest, end);
  for (const pattern of [paragraphEnd, sentenceEnd, lineEnd, wordEnd]) {
    const first = overlap.search(pattern);
    if (first === -1) continue;
    const length = overlap.slice(first).match(pattern)?.[0].length ?? 0;
    if (first + length < overlap.length) return earliest + first + length;
  }
  return characterBorder(text, earliest);
}

/** A place that does not part the two halves of one character. */
function characterBorder(text: string, place: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(place)) ? place + 1 : place;
}
