import type { StoreLimits } from '../responses/response.store.ts';

/** Limits that no test runs into by itself. */
export const storeLimits: StoreLimits = {
  leaseMs: 30_000,
  backgroundTimeoutMs: 600_000,
  attemptsMax: 3,
  retryWaitMs: 1_000,
  historyMax: 50,
  historyItemsMax: 100,
  contextBytesMax: 1_000_000,
  pageBytesMax: 1_000_000,
  pauseMs: { hand_back: null, wait: 60_000, hold: 60_000 },
  headStartMs: 0,
  keyRetentionMs: 60_000,
};
