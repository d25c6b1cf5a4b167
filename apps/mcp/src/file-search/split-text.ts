export interface SplitOptions {
  /** The longest piece, in characters. */
  pieceMax: number;
  /** The most characters of a piece that the next one repeats, so that a sentence across the border is whole in one of them. */
  overlapMax: number;
}

/**
 * Cuts a text into pieces at the end of a paragraph, else of a sentence, a line or a word, and within a word only where it is longer than half
 * a piece. Pieces have no white space at their ends; a text of white space has no pieces.
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

/** The text with spaces for characters that PostgreSQL cannot store, or that no reader sees, and with line feeds as line ends. */
export function indexable(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, ' ');
}

/** The ends of text units, the largest unit first. The next piece may begin where a match ends. */
const paragraphEnd = /\n[^\S\n]*\n\s*/g;
const sentenceEnd = /[.!?…]["'”’»)\]]*\s+|[。！？]["'”’»」』）]*\s*/g;
const lineEnd = /\n/g;
const wordEnd = /\s+/g;

/** The last end of a unit in the second half of the longest piece. */
function findEnd(text: string, start: number, pieceMax: number): number {
  const half = start + Math.ceil(pieceMax / 2);
  const rest = text.slice(half, start + pieceMax);
  for (const pattern of [paragraphEnd, sentenceEnd, lineEnd, wordEnd]) {
    const last = [...rest.matchAll(pattern)].at(-1);
    if (last) return half + last.index + last[0].length;
  }
  return characterBorder(text, start + pieceMax);
}

/** The first end of a unit between the earliest start and the end of the previous piece. */
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

/** A place that does not split a surrogate pair. */
function characterBorder(text: string, place: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(place)) ? place + 1 : place;
}
