import { ApiError, getJson, sendJson } from '../api/http.ts';
import { streamEvents, type StreamedEvent } from '../api/event-stream.ts';
import type { WireResponse } from '../api/items.ts';
import { applyStreamEvent, type RunView, startedRun } from './run-view.ts';

const reconnectFirstMs = 500;
const reconnectMaxMs = 8_000;
const reloadMs = 500;

/**
 * A run that this page follows. The run lives on the server: a connection that breaks is opened again after the last event that was read, and a
 * page that is loaded again reads the run from its beginning. What happened is in `view`; listeners hear of it at most once a frame.
 */
export class LiveRun {
  view: RunView = startedRun();
  private readonly listeners = new Set<() => void>();
  private readonly stopped = new AbortController();
  private frame = 0;

  /** Creates the run and follows it. Throws where the server refuses it. */
  async start(request: Record<string, unknown>): Promise<void> {
    const body = { ...request, background: true, stream: true, store: true };
    await this.follow(streamEvents('/v1/responses', { method: 'POST', body, signal: this.stopped.signal }));
  }

  /** Follows a run that exists, from its beginning. */
  async attach(id: string): Promise<void> {
    this.change({ id });
    await this.follow(this.open(id));
  }

  /** Ends the run on the server. What was written stays. */
  async cancel(): Promise<void> {
    const { id } = this.view;
    if (id === null) return;
    const { status } = await sendJson<WireResponse>(`/v1/responses/${id}/cancel`, { method: 'POST' });
    this.change({ status });
  }

  /** Reads the run again until it stands still: after a decision it goes on where its stream ended. */
  async reload(): Promise<void> {
    const { id } = this.view;
    while (id !== null && !this.stopped.signal.aborted) {
      const { status, output, usage, error } = await getJson<WireResponse>(
        `/v1/responses/${id}`,
        this.stopped.signal,
      );
      const isOver = status !== 'queued' && status !== 'in_progress';
      this.change({ status, items: output, usage, error: error?.message ?? null, isOver });
      if (isOver) return;
      await new Promise((resolve) => setTimeout(resolve, reloadMs));
    }
  }

  /** Stops following; the run goes on. */
  close(): void {
    this.stopped.abort();
    cancelAnimationFrame(this.frame);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): RunView => this.view;

  private open(id: string): AsyncGenerator<StreamedEvent> {
    const { lastSequence } = this.view;
    const after = lastSequence < 0 ? '' : `&starting_after=${lastSequence}`;
    return streamEvents(`/v1/responses/${id}?stream=true${after}`, { signal: this.stopped.signal });
  }

  private async follow(events: AsyncGenerator<StreamedEvent>): Promise<void> {
    let stream = events;
    for (let waitMs = reconnectFirstMs; ; waitMs = Math.min(waitMs * 2, reconnectMaxMs)) {
      try {
        for await (const event of stream) {
          this.view = applyStreamEvent(this.view, event);
          waitMs = reconnectFirstMs;
          this.announce();
        }
        if (this.view.isOver || this.view.id === null) return;
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        const isAway = !(error instanceof ApiError) || error.isAway;
        if (!isAway || this.view.id === null) throw error;
      }
      this.change({ isReconnecting: true });
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.stopped.signal.aborted) return;
      stream = this.open(this.view.id);
    }
  }

  private change(changes: Partial<RunView>): void {
    this.view = { ...this.view, ...changes };
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
