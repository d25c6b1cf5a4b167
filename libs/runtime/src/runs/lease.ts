import type { Response } from '@antiphon/contracts';

/** The right to run a response. Every write of its holder is guarded by the epoch. */
export interface Lease {
  responseId: string;
  epoch: number;
  /** When its claim was sent, by the monotonic clock of the process: the answer may arrive much later. Left out: just now. */
  claimedAtMs?: number;
}

/** A response that this process runs until its lease is lost. */
export interface Claim {
  lease: Lease;
  response: Response;
  /** The rest of the time that its run may take. */
  remainingMs: number;
  /** All of that time, over all attempts. */
  limitMs: number;
  /** Whether its events are kept for readers. */
  isLogged: boolean;
  /** The size of the response, in bytes of JSON. */
  bytes: number;
  /** The most bytes that it may have together with its history, before that is read. */
  bytesMax: number;
}

/** The lease that a response is stored with when this process runs it from its beginning. */
export function firstLease(response: Response): Lease {
  return { responseId: response.id, epoch: 1 };
}
