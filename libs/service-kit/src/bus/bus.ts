import { AppError, type Rpc, type Signal, type StreamRpc, type Unanswered } from '@antiphon/contracts';
import { BusClient } from './bus-client.ts';
import type { RequestContext } from './bus-context.ts';

export type RequestHandler<Request, Reply> = (request: Request, context: RequestContext) => Promise<Reply>;

export type StreamHandler<Request, Chunk> = (
  request: Request,
  context: RequestContext,
) => AsyncIterable<Chunk> | Promise<AsyncIterable<Chunk>>;

/**
 * Both ends of the bus in one process. Features see its `BusClient` and declare their handlers with decorators, which `BusServer` registers
 * here. Two transports: NATS between processes, memory within one.
 */
export abstract class Bus extends BusClient {
  /** The server that the bus needs, by its name in `/readyz`; null where it needs none. */
  abstract readonly server: string | null;

  /** Registers the handler of a request; of several instances each request reaches one. */
  abstract handle<Request, Reply>(rpc: Rpc<Request, Reply>, handler: RequestHandler<Request, Reply>): void;

  /** Registers the handler of a stream. Its chunks are pulled no further ahead of the consumer than the window. */
  abstract handleStream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    handler: StreamHandler<Request, Chunk>,
  ): void;

  /** Resolves once all handlers and subscriptions so far are active. */
  abstract ready(): Promise<void>;

  /**
   * Accepts no new requests; resolves when those at work are answered, and aborts the rest after `graceMs`. A request that arrives later
   * is refused as not begun.
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

/** The error of a request without a reply. `unanswered` says whether it may have begun. */
export function noAnswer(subject: string, unanswered: Unanswered): AppError {
  return new AppError('unavailable', `The ${serviceOf(subject)} service does not answer.`, {
    retryAfterMs: 2_000,
    unanswered,
  });
}

/** The reason of the abort where a client has gone. */
export const clientGone = new AppError('cancelled', 'The client disconnected.');

/** The first part of a subject names the service that answers it. */
export function serviceOf(subject: string): string {
  return subject.slice(0, subject.indexOf('.'));
}
