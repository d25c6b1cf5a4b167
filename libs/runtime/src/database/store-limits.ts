import type { PauseMode, Response } from '@antiphon/contracts';
import type { HistoryLimits } from '../conversations/read-history.ts';

/** Nest's token for the limits of the stores. */
export const STORE_LIMITS = Symbol('store limits');

/** Nest's token for the name of this process, which its leases carry. */
export const LEASE_OWNER = Symbol('lease owner');

export interface StoreLimits extends HistoryLimits {
  /** The most bytes of rows or items that a list or a sweep reads. */
  pageBytesMax: number;
  /** How long a lease lasts without a heartbeat, and how long a write waits for a database that is away. */
  leaseMs: number;
  /** How long a background run may take, over all its attempts. */
  backgroundTimeoutMs: number;
  /** How many processes may try to run one response before the sweep fails it. */
  attemptsMax: number;
  /** The wait of a run after a part of the system was unavailable; it doubles each time, up to `leaseMs`. */
  retryWaitMs: number;
  /** How long a paused response waits for its caller, by its kind of pause; null: it does not expire. */
  pauseMs: Record<PauseMode, number | null>;
  /** How long a decided run that was held open is left to the process that holds it, before any worker may claim it. */
  headStartMs: number;
  /** How long an idempotency key returns the same response. */
  keyRetentionMs: number;
}

/** How long a response waits for its caller from now on; null where it does not pause or does not expire. */
export function pauseMsOf({ pauseMs }: StoreLimits, { status, onPause }: Response): number | null {
  return status === 'requires_action' ? pauseMs[onPause] : null;
}
