import { isDeepStrictEqual } from 'node:util';

/** One difference between two versions. */
export interface Difference {
  /** `messages[0].content`. */
  path: string;
  op: 'added' | 'removed' | 'changed';
  from?: unknown;
  to?: unknown;
}

const differencesMax = 1_000;

/** The smallest differing parts of two JSON values, in the order of the first value; at most a thousand. */
export function diffContents(from: unknown, to: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(from, to)) return [];
  const [before, after] = [entriesOf(from), entriesOf(to)];
  if (!before || !after || Array.isArray(from) !== Array.isArray(to))
    return [{ path, op: 'changed', from, to }];
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys]
    .flatMap((key): Difference[] => {
      const place = Array.isArray(from) ? `${path}[${key}]` : `${path}${path && '.'}${key}`;
      if (!after.has(key)) return [{ path: place, op: 'removed', from: before.get(key) }];
      if (!before.has(key)) return [{ path: place, op: 'added', to: after.get(key) }];
      return diffContents(before.get(key), after.get(key), place);
    })
    .slice(0, differencesMax);
}

function entriesOf(value: unknown): Map<string, unknown> | null {
  return typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)) : null;
}
