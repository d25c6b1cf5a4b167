import type { Rpc, Signal, StreamRpc } from '@antiphon/contracts';
import type { TraceContext } from '../telemetry/tracing.ts';

/**
 * How services talk. Every question and answer is checked against its contract where it arrives; an AppError thrown on one side is the
 * same AppError on the other. Where the asker says to which trace a question belongs, its handler is told. Two transports: NATS between processes, memory within one.
 */
export abstract class RpcBus {
  /** Asks one instance of whoever handles it. Errors: the handler's own, `unavailable` when nobody answers within `timeoutMs`. */
  abstract call<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    signal?: AbortSignal,
    trace?: TraceContext,
  ): Promise<Reply>;

  /**
   * Asks for a stream of bursts. The producer is never more than a window ahead of the consumer. Ending the loop early or aborting the
   * signal aborts the producer's signal. Errors: the handler's own, `unavailable` when the producer or the bus is gone.
   */
  abstract stream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    signal: AbortSignal,
    trace?: TraceContext,
  ): AsyncIterable<Chunk>;

  /** Answers a question; of several instances each question reaches one. The signal aborts when the asker has gone. */
  abstract handle<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    handler: (request: Request, signal: AbortSignal, trace: TraceContext) => Promise<Reply>,
  ): void;

  abstract handleStream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    handler: (request: Request, signal: AbortSignal, trace: TraceContext) => AsyncIterable<Chunk>,
  ): void;

  /** Tells every listener of this moment. `id` fills the last part of a subject that ends in `*`. Nothing waits, nothing is kept. */
  abstract tell<Payload>(signal: Signal<Payload>, payload: Payload, id?: string): void;

  /** Hears a signal, or with `id` only what is told of that one, until the function that it returns is called. */
  abstract listen<Payload>(
    signal: Signal<Payload>,
    listener: (payload: Payload, id: string | null) => void,
    id?: string,
  ): () => void;

  /** Resolves once everything handled and listened to so far reaches us. */
  abstract ready(): Promise<void>;

  /** Whether questions can be asked right now. */
  abstract readonly isConnected: boolean;

  /** Takes no new questions; resolves when those at work are answered, and aborts what is left after `graceMs`. */
  abstract stopHandling(graceMs: number): Promise<void>;

  abstract close(): Promise<void>;
}

/** The subject of a signal, with the id in place of its `*`. */
export function subjectOf(signal: Signal<unknown>, id: string | undefined): string {
  if (!signal.subject.endsWith('.*')) return signal.subject;
  if (id === undefined || !/^[\w-]+$/.test(id)) throw new Error(`${signal.subject} needs an id, got ${id}`);
  return signal.subject.slice(0, -1) + id;
}
