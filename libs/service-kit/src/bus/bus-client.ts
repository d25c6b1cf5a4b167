import type { Rpc, Signal, StreamRpc } from '@antiphon/contracts';
import type { TraceContext } from '../telemetry/tracing.ts';
import { retryRequest, streamOnceBegun } from './retry-request.ts';

/** How long a request may take. A number is `timeoutMs` alone. */
export interface RequestTime {
  /** Limits each attempt, until its reply. */
  timeoutMs: number;
  /**
   * How long the request is sent again while it certainly does not begin, because no instance is there or accepts it; a repeatable request
   * also where its reply was lost. 0: it is sent once.
   */
  waitMs: number;
}

/**
 * How services call each other. Every request and reply is checked against its contract where it arrives; an AppError thrown by the handler
 * is the same AppError for the client. A request can name its trace, which its handler gets.
 *
 * A request without a reply fails as `unavailable`, and the error says whether it may have begun (`AppError.unanswered`).
 */
export abstract class BusClient {
  /**
   * Sends a request to one instance of the service that answers it, and waits for an instance as `time` says. Errors: the handler's own,
   * `unavailable` where there is no reply in time.
   */
  call<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    time: number | RequestTime,
    signal?: AbortSignal,
    trace: TraceContext = null,
  ): Promise<Reply> {
    const { timeoutMs, waitMs } = typeof time === 'number' ? { timeoutMs: time, waitMs: 0 } : time;
    const retry = { waitMs, isRepeatable: rpc.isRepeatable };
    return retryRequest(() => this.callOnce(rpc, request, timeoutMs, trace, signal), retry, signal);
  }

  /**
   * Requests a stream of bursts, for up to `waitMs` again while no instance takes the request. The producer is never more than a window
   * ahead of the consumer. Ending the loop early or aborting the signal aborts the producer's signal. Errors: the handler's own,
   * `unavailable` when the producer or the bus is gone, both after the bursts that came before.
   */
  stream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    signal: AbortSignal,
    trace: TraceContext = null,
    waitMs = 0,
  ): AsyncIterable<Chunk> {
    return streamOnceBegun(() => this.streamOnce(rpc, request, trace, signal), waitMs, signal);
  }

  /** Publishes a signal to all current subscribers. `id` fills the last part of a subject that ends in `*`. Nothing waits, nothing is kept. */
  abstract publish<Payload>(signal: Signal<Payload>, payload: Payload, id?: string): void;

  /**
   * Subscribes to a signal, or with `id` to that of one id, until the returned function is called. For subscriptions that come and go;
   * those of the whole process are declared with `@Subscribes`.
   */
  abstract subscribe<Payload>(
    signal: Signal<Payload>,
    listener: (payload: Payload, id: string | null) => void,
    id?: string,
  ): () => void;

  /** Whether requests can be sent right now. */
  abstract readonly isConnected: boolean;

  protected abstract callOnce<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    trace: TraceContext,
    signal?: AbortSignal,
  ): Promise<Reply>;

  protected abstract streamOnce<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncIterator<Chunk, void>;
}
