import { streamEvents, type StreamedEvent } from '../api/event-stream.ts';
import { ApiError, getJson, sendJson } from '../api/http.ts';
import type { WireResponse } from '../api/items.ts';
import { keepView, keptView } from './kept-view.ts';
import { applyStreamEvent, type RunView, startedRun, withStored } from './run-view.ts';

const reconnectFirstMs = 500;
const reconnectMaxMs = 8_000;
const reloadMs = 500;
/** How long events may be taken one after the other before the page gets its turn. */
const turnMs = 50;

/**
 * A run that this page follows. The run lives on the server: it stays open while its calls wait for approval, a connection that breaks is opened
 * again after the last event that was read, and a page that is loaded again goes on where it was. What happened is in `view`; listeners hear of it
 * at most once a frame.
 */
export class LiveRun {
  view: RunView = startedRun();
  private readonly listeners = new Set<() => void>();
  private readonly stopped = new AbortController();
  private readonly created = Promise.withResolvers<void>();
  private frame = 0;

  constructor() {
    const keep = () => keepView(this.view);
    window.addEventListener('pagehide', keep, { signal: this.stopped.signal });
  }

  /**
   * Creates the run, and follows it from then on. Resolves once the server has created it, or the run was closed before. A create whose answer is lost
   * is sent again, and makes no second run. Throws where the server refuses it.
   */
  async start(request: Record<string, unknown>): Promise<void> {
    const body = { ...request, background: true, stream: true, store: true, on_approval: 'wait' };
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const { signal } = this.stopped;
    const create = () => streamEvents('/v1/responses', { method: 'POST', body, headers, signal });
    const followed = this.follow(create).catch((error: unknown) => {
      if (this.view.id === null) throw error;
      this.fail(error);
    });
    await Promise.race([this.created.promise, followed]);
  }

  /** Follows a run that exists: from where this tab left it, else from its beginning. */
  async attach(id: string): Promise<void> {
    this.change(keptView(id) ?? { id });
    await this.follow(() => this.open(id));
  }

  /** Ends the run on the server. What was written stays. */
  async cancel(): Promise<void> {
    const { id } = this.view;
    if (id === null) return;
    try {
      this.settle(await sendJson<WireResponse>(`/v1/responses/${id}/cancel`, { method: 'POST' }));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Reads a run whose stream has ended until it stands still: one that was made elsewhere goes on there after a decision. */
  async reload(): Promise<void> {
    const { id, isOver } = this.view;
    while (id !== null && isOver && !this.stopped.signal.aborted) {
      const response = await this.read(id);
      this.settle(response);
      if (response.status !== 'queued' && response.status !== 'in_progress') return;
      await pause(reloadMs);
    }
  }

  /** Stops following; the run goes on. */
  close(): void {
    this.stopped.abort();
    this.created.resolve();
    cancelAnimationFrame(this.frame);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): RunView => this.view;

  /** The events after the last one that was read. */
  private open(id: string): AsyncGenerator<StreamedEvent, boolean> {
    const { lastSequence } = this.view;
    const after = lastSequence < 0 ? '' : `&starting_after=${lastSequence}`;
    return streamEvents(`/v1/responses/${id}?stream=true${after}`, { signal: this.stopped.signal });
  }

  /** Reads to the end of the run, over as many connections as that takes: a broken connection is no failure of the run. */
  private async follow(first: () => AsyncGenerator<StreamedEvent, boolean>): Promise<void> {
    const { signal } = this.stopped;
    let waitMs = reconnectFirstMs;
    while (!signal.aborted) {
      const { id, lastSequence } = this.view;
      try {
        const hasEnded = await this.take(id === null ? first() : this.open(id));
        if (this.view.isOver) return;
        // The stream of a cancelled run ends without an event.
        if (hasEnded && this.view.id !== null) return this.settle(await this.read(this.view.id));
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && !error.isAway) throw error;
      }
      waitMs =
        this.view.lastSequence > lastSequence ? reconnectFirstMs : Math.min(waitMs * 2, reconnectMaxMs);
      this.change({ isReconnecting: true });
      await pause(waitMs);
    }
  }

  /** Takes the events of one connection. Returns whether it came to its end. */
  private async take(events: AsyncGenerator<StreamedEvent, boolean>): Promise<boolean> {
    let turnAt = performance.now();
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      this.change(applyStreamEvent(this.view, value));
      if (performance.now() - turnAt < turnMs) continue;
      await pause(0);
      turnAt = performance.now();
    }
  }

  private read(id: string): Promise<WireResponse> {
    return getJson<WireResponse>(`/v1/responses/${id}`, this.stopped.signal);
  }

  private settle(response: WireResponse): void {
    this.change(withStored(this.view, response));
  }

  private fail(error: unknown): void {
    this.change({ error: error instanceof Error ? error.message : String(error) });
  }

  private change(changes: Partial<RunView>): void {
    this.view = { ...this.view, ...changes };
    if (this.view.id !== null) this.created.resolve();
    this.announce();
  }

  private announce(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      for (const listener of this.listeners) listener();
    });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
