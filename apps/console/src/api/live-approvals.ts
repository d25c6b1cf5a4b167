import { useSyncExternalStore } from 'react';
import type { Approval } from './approvals.ts';
import { pauseAfter, streamEvents } from './event-stream.ts';
import { ApiError } from './http.ts';
import { queryClient } from './query-client.ts';
import { subscribe as onSession, userNumber, whySignIn } from './session.ts';

/** The calls that wait, as the stream of the server has them. One stream serves the whole page. */
export interface LiveApprovals {
  waiting: ReadonlyMap<string, Approval>;
  /** Whether `waiting` has all calls: false before the stream has begun, and while the server is away. */
  isCurrent: boolean;
  /** Whether older calls wait that the stream does not have. */
  hasMore: boolean;
  /** Why there is no stream. */
  error: Error | null;
  /** The last change since the stream began. */
  latest: { approval: Approval } | null;
}

type ApprovalEvent =
  | { type: 'approval.waiting' | 'approval.decided'; approval: Approval }
  | { type: 'approval.ended'; id: string }
  | { type: 'approvals.current'; has_more: boolean };

let live: LiveApprovals = { waiting: new Map(), isCurrent: false, hasMore: false, error: null, latest: null };
const listeners = new Set<() => void>();
let stop: AbortController | null = null;

/** Follows the stream as long as a part of the page uses it. */
export function useLiveApprovals(): LiveApprovals {
  return useSyncExternalStore(subscribe, () => live);
}

/** Takes a decision over before the stream has it. */
export function noteDecided(approval: Approval): void {
  queryClient.setQueryData(['approval', approval.id], approval);
  void queryClient.invalidateQueries({ queryKey: ['approvals', 'decided'] });
  if (!live.waiting.has(approval.id)) return;
  change({ waiting: without(live.waiting, approval.id), latest: { approval } });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!stop) {
    stop = new AbortController();
    void follow(stop.signal);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.abort();
    stop = null;
    live = { ...live, isCurrent: false };
  };
}

async function follow(signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    await until(isUsed, signal);
    const user = userNumber();
    const isNoMore = new AbortController();
    const stopListening = onUse(() => (userNumber() !== user || !isUsed()) && isNoMore.abort());
    try {
      await read(AbortSignal.any([signal, isNoMore.signal]));
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (isNoMore.signal.aborted) {
        change({ isCurrent: false, error: null, ...(userNumber() !== user && { waiting: new Map() }) });
        continue;
      }
      // The user must sign in first.
      if (error instanceof ApiError && error.status === 401) continue;
      failures++;
      change({ error: error instanceof Error ? error : new ApiError(String(error), { status: 0 }) });
    } finally {
      stopListening();
    }
    if (signal.aborted) return;
    change({ isCurrent: false });
    await pauseAfter(failures, signal);
  }
}

/** Reads one stream to its end. It begins with all calls that wait, so nothing is lost between two streams. */
async function read(signal: AbortSignal): Promise<void> {
  const begun = new Map<string, Approval>();
  let isCurrent = false;
  for await (const given of streamEvents('/v1/approvals?stream=true', { signal })) {
    const event = given as unknown as ApprovalEvent; // the events of this route
    if (event.type === 'approvals.current') {
      isCurrent = true;
      for (const id of live.waiting.keys()) if (!begun.has(id)) forget(id);
      change({ waiting: begun, isCurrent, hasMore: event.has_more, error: null });
    } else if (event.type === 'approval.decided') noteDecided(event.approval);
    else if (event.type === 'approval.ended') {
      forget(event.id);
      change({ waiting: without(live.waiting, event.id) });
    } else if (!isCurrent) begun.set(event.approval.id, event.approval);
    else {
      const { approval } = event;
      queryClient.setQueryData(['approval', approval.id], approval);
      const isNew = !live.waiting.has(approval.id);
      const waiting = new Map(live.waiting).set(approval.id, approval);
      change({ waiting, ...(isNew && { latest: { approval } }) });
    }
  }
}

/** The server says what became of a call that waits no more. */
function forget(id: string): void {
  void queryClient.invalidateQueries({ queryKey: ['approval', id] });
}

function change(changed: Partial<LiveApprovals>): void {
  live = { ...live, ...changed };
  for (const listener of listeners) listener();
}

function without(waiting: ReadonlyMap<string, Approval>, id: string): Map<string, Approval> {
  return new Map([...waiting].filter(([other]) => other !== id));
}

/**
 * Whether the page is seen by a user who may read approvals. A tab in the background has no stream: browsers open few connections to a server over HTTP/1.1, for all
 * tabs together.
 */
function isUsed(): boolean {
  return document.visibilityState === 'visible' && whySignIn() !== 'refused';
}

function onUse(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  const stopListening = onSession(listener);
  return () => {
    document.removeEventListener('visibilitychange', listener);
    stopListening();
  };
}

async function until(isTrue: () => boolean, signal: AbortSignal): Promise<void> {
  while (!isTrue() && !signal.aborted)
    await new Promise<void>((resolve) => {
      const stopListening = onUse(done);
      signal.addEventListener('abort', done, { once: true });
      function done() {
        stopListening();
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
}
