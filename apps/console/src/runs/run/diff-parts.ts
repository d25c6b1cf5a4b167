/** A part of two compared texts. */
export interface DiffPart {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

/** A change: from `fromA` to `toA` in the first text, which is `fromB` to `toB` in the second. */
interface Range {
  fromA: number;
  toA: number;
  fromB: number;
  toB: number;
}

/** Both texts as one, with what the changes removed and added. A word that changed in a part of it is changed as a whole. */
export function diffParts(before: string, after: string, changes: readonly Range[]): DiffPart[] {
  const parts: DiffPart[] = [];
  let at = 0;
  for (const [place, change] of changes.entries()) {
    const next = changes[place + 1]?.fromB ?? after.length;
    const { fromA, toA, fromB, toB } = overWords(before, after, change, { from: at, to: next });
    parts.push(
      { kind: 'same', text: after.slice(at, fromB) },
      { kind: 'removed', text: before.slice(fromA, toA) },
      { kind: 'added', text: after.slice(fromB, toB) },
    );
    at = toB;
  }
  parts.push({ kind: 'same', text: after.slice(at) });
  return parts.filter(({ text }) => text !== '');
}

/** The change, longer by the rest of the words at its ends, as far as `within` in the second text. */
function overWords(
  before: string,
  after: string,
  { fromA, toA, fromB, toB }: Range,
  within: { from: number; to: number },
): Range {
  let back = 0;
  if (isWord(before[fromA]) || isWord(after[fromB]))
    while (fromB - back > within.from && isWord(after[fromB - back - 1])) back++;
  let on = 0;
  if (isWord(before[toA - 1]) || isWord(after[toB - 1]))
    while (toB + on < within.to && isWord(after[toB + on])) on++;
  return { fromA: fromA - back, toA: toA + on, fromB: fromB - back, toB: toB + on };
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
