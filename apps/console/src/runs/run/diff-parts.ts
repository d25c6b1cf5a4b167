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

/** Both texts as one, with what the changes removed and added. */
export function diffParts(before: string, after: string, changes: readonly Range[]): DiffPart[] {
  const parts: DiffPart[] = [];
  let at = 0;
  for (const { fromA, toA, fromB, toB } of changes) {
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
