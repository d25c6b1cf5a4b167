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
