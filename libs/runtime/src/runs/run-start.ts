import type { Item, Response } from '@antiphon/contracts';
import type { TraceContext } from '@antiphon/service-kit';
import type { Lease } from './lease.ts';

/** The start of a run. */
export interface RunStart {
  /** In progress; with the output of earlier runners where the run was taken over. */
  response: Response;
  /** Read when the run starts, where it is a function: an error of the read is the run's error. */
  history: readonly Item[] | (() => Promise<readonly Item[]>);
  /** Null where the response has no row yet. */
  lease: Lease | null;
  /** Whether its events are kept for readers. Only responses with a row have a log. */
  isLogged?: boolean;
  /**
   * No client reads the events before the last one: model answers are gathered, and all events can be taken back. Not for runs whose events
   * are kept.
   */
  isUnread?: boolean;
  /**
   * For a run without a log: whether the last `count` events can be taken back, because no client has read one of them. Left out: every
   * yielded event counts as read.
   */
  takeBack?: (count: number) => boolean;
  timeoutMs: number;
  /** The whole time that the run may take, where earlier attempts used a part of it. */
  limitMs?: number;
  /** Whether another process may take the run over, because no client waits for it here. */
  mayMove: boolean;
  /** The trace of the request; without one the run begins a trace. */
  trace?: TraceContext;
}
