import { idPrefixes, type IdKind } from '@antiphon/contracts';
import type { RunLimits } from '../limits.ts';

export const testLimits: RunLimits = {
  depthMax: 8,
  toolCallsMax: 64,
  toolTimeoutMs: 45_000,
  parallelToolsMax: 8,
  contextTokensMax: 100_000,
  turnAttemptsMax: 3,
  retryWaitMs: 0,
};

/** Predictable ids: `msg_1`, `fc_2`, … */
export function countingIds(): (kind: IdKind) => string {
  let count = 0;
  return (kind) => `${idPrefixes[kind]}_${++count}`;
}
