import { idPrefixes, type IdKind } from '../ids.ts';

/** Predictable ids: `msg_1`, `fc_2`, … */
export function countingIds(): (kind: IdKind) => string {
  let count = 0;
  return (kind) => `${idPrefixes[kind]}_${++count}`;
}
