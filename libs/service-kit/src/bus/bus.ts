import { AppError, type Rpc, type Signal, type StreamRpc, type Unanswered } from '@antiphon/contracts';
import type { TraceContext } from '../telemetry/tracing.ts';
import { askPatiently, streamUntilBegun } from './retry-request.ts';

/** How long a question may take. A number is `timeoutMs` alone. */
export interface QuestionTime {
  /** Until its answer, each time that it is asked. */
  timeoutMs: number;
  /**
   * How long it is asked again while it certainly does not begin, because no instance is there or takes it; a repeatable question also
   * where its answer was lost. 0: it is asked once.
   */
  waitMs: number;
}

/**
 * How services talk. Every question and answer is checked against its contract where it arrives; an AppError thrown on one side is the
 * same AppError on the other. A question can name its trace, which its handler gets. Two transports: NATS between
 * processes, memory within one.
 *
 * A question that is not answered fails as `unavailable`, and the error says whether it may have begun (`AppError.unanswered`).
 */
export abstract class RpcBus {
  /**
   * Asks one instance of the service that handles it, and waits for one as `time` says. Errors: the handler's own, `unavailable` where
   * there is no answer in time.
   */
  call<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    time: number | QuestionTime,
    signal?: AbortSignal,
    trace: TraceContext = null,
  ): Promise<Reply> {
    const { timeoutMs, waitMs } = typeof time === 'number' ? { timeoutMs: time, waitMs: 0 } : time;
    const patience = { waitMs, isRepeatable: rpc.isRepeatable };
    return askPatiently(() => this.ask(rpc, request, timeoutMs, trace, signal), patience, signal);
  }

  /**
   * Asks for a stream of bursts, for up to `waitMs` again while no instance takes the question. The producer is never more than a window
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
    return streamUntilBegun(() => this.askForStream(rpc, request, trace, signal), waitMs, signal);
  }

  /** Asks once. */
  protected abstract ask<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    trace: TraceContext,
    signal?: AbortSignal,
  ): Promise<Reply>;

  /** Asks once. */
  protected abstract askForStream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, void>;

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

  /**
   * Takes no new questions; resolves when those at work are answered, and aborts what is left after `graceMs`. What arrives after that is
   * refused as not begun.
   */
  abstract stopHandling(graceMs: number): Promise<void>;

  abstract close(): Promise<void>;
}

/** The subject of a signal, with the id in place of its `*`. */
export function subjectOf(signal: Signal<unknown>, id: string | undefined): string {
  if (!signal.subject.endsWith('.*')) return signal.subject;
  if (id === undefined || !/^[\w-]+$/.test(id)) throw new Error(`${signal.subject} needs an id, got ${id}`);
  return signal.subject.slice(0, -1) + id;
}

/** No service took the question, or none is known to have: `unanswered` says which. */
export function noAnswer(subject: string, unanswered: Unanswered): AppError {
  return new AppError('unavailable', `The ${serviceOf(subject)} service does not answer.`, {
    retryAfterMs: 2_000,
    unanswered,
  });
}

/** The first part of a subject names the service that answers it. */
export function serviceOf(subject: string): string {
  return subject.slice(0, subject.indexOf('.'));
}
