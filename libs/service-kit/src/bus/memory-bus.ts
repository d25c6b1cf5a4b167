import { untilAborted } from '@antiphon/async';
import { AppError, type Rpc, type Signal, type StreamRpc } from '@antiphon/contracts';
import type { TraceContext } from '../telemetry/tracing.ts';
import { Bus, clientGone, noAnswer, type RequestHandler, type StreamHandler, subjectOf } from './bus.ts';

type Listener = (payload: unknown, id: string | null) => void;

/** A handler, and the end of the bus that stops it. */
interface Registered<Handler> {
  handler: Handler;
  end: MemoryBus;
}

/** What all ends of one bus share, by subject. */
class SharedSubjects {
  readonly handlers = new Map<string, Registered<RequestHandler<unknown, unknown>>>();
  readonly streamHandlers = new Map<string, Registered<StreamHandler<unknown, unknown>>>();
  readonly listeners = new Map<string, Set<Listener>>();
}

/**
 * The bus within one process: the same checks and errors as over NATS, no network. Several services in one process have an end each
 * (`otherEnd`): all ends reach each other, and each stops its own handlers only.
 */
export class MemoryBus extends Bus {
  readonly isConnected = true;
  readonly server = null;
  /** The requests at work in the handlers of this end. */
  private readonly atWork = new Set<AbortController>();
  private whenIdle: (() => void) | undefined;
  private readonly unsubscribes = new Set<() => void>();

  constructor(private readonly shared = new SharedSubjects()) {
    super();
  }

  /** Another end of the same bus, for another service of this process. */
  otherEnd(): MemoryBus {
    return new MemoryBus(this.shared);
  }

  protected async callOnce<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    trace: TraceContext,
    signal?: AbortSignal,
  ): Promise<Reply> {
    const registered = this.shared.handlers.get(rpc.subject);
    if (!registered) throw noAnswer(rpc.subject, 'not_begun');
    signal?.throwIfAborted();
    const { handler, end } = registered;
    const work = end.begin(signal);
    const timer = setTimeout(() => work.abort.abort(noAnswer(rpc.subject, 'unknown')), timeoutMs);
    try {
      const reply = handler(rpc.request.parse(request), { signal: work.abort.signal, trace });
      return rpc.reply.parse(await untilAborted(reply.catch(replyWithError), work.abort.signal));
    } catch (error) {
      throw AppError.from(error);
    } finally {
      clearTimeout(timer);
      work.end();
    }
  }

  protected async *streamOnce<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, void> {
    const registered = this.shared.streamHandlers.get(rpc.subject);
    if (!registered) throw noAnswer(rpc.subject, 'not_begun');
    signal.throwIfAborted();
    const { handler, end } = registered;
    const parsed = rpc.request.parse(request);
    const work = end.begin(signal);
    const context = { signal: work.abort.signal, trace };
    const opened = openStream(handler, parsed, context).catch(replyWithError);
    try {
      const chunks = await untilAborted(opened, context.signal);
      for (let isFirst = true; ; isFirst = false) {
        const result = await untilAborted(chunks.next().catch(replyWithError), context.signal);
        if (result.done) return;
        const chunk = isFirst ? rpc.chunk.parse(result.value) : (result.value as Chunk); // as over NATS
        yield chunk;
        if (rpc.isLast?.(chunk)) return;
      }
    } catch (error) {
      throw AppError.from(error);
    } finally {
      work.abort.abort(clientGone);
      work.end();
      void opened.then((chunks) => chunks.return?.(undefined)).catch(() => undefined);
    }
  }

  handle<Request, Reply>(rpc: Rpc<Request, Reply>, handler: RequestHandler<Request, Reply>): void {
    // `callOnce` parses what it passes by this contract.
    const erased = handler as RequestHandler<unknown, unknown>;
    this.shared.handlers.set(rpc.subject, { handler: erased, end: this });
  }

  handleStream<Request, Chunk>(rpc: StreamRpc<Request, Chunk>, handler: StreamHandler<Request, Chunk>): void {
    // `streamOnce` parses what it passes by this contract.
    const erased = handler as StreamHandler<unknown, unknown>;
    this.shared.streamHandlers.set(rpc.subject, { handler: erased, end: this });
  }

  publish<Payload>(signal: Signal<Payload>, payload: Payload, id?: string): void {
    subjectOf(signal, id);
    const parsed = signal.payload.parse(payload);
    for (const listener of this.shared.listeners.get(signal.subject) ?? [])
      queueMicrotask(() => listener(parsed, id ?? null));
  }

  subscribe<Payload>(
    signal: Signal<Payload>,
    listener: (payload: Payload, id: string | null) => void,
    only?: string,
  ): () => void {
    const receive: Listener = (payload, id) => {
      if (only === undefined || id === only) listener(payload as Payload, id); // `publish` parses by this contract
    };
    const { listeners } = this.shared;
    const ofSubject = listeners.get(signal.subject) ?? new Set();
    listeners.set(signal.subject, ofSubject.add(receive));
    const unsubscribe = () => {
      ofSubject.delete(receive);
      this.unsubscribes.delete(unsubscribe);
    };
    this.unsubscribes.add(unsubscribe);
    return unsubscribe;
  }

  async ready(): Promise<void> {}

  async stopHandling(graceMs: number): Promise<void> {
    const { handlers, streamHandlers } = this.shared;
    for (const ofBus of [handlers, streamHandlers])
      for (const [subject, { end }] of ofBus) if (end === this) ofBus.delete(subject);
    if (this.atWork.size === 0) return;
    const idle = new Promise<void>((resolve) => (this.whenIdle = resolve));
    const isOver = AbortSignal.timeout(graceMs);
    await untilAborted(idle, isOver).catch(() => undefined);
    for (const abort of this.atWork) abort.abort(stopped());
  }

  async close(): Promise<void> {
    await this.stopHandling(0);
    for (const unsubscribe of this.unsubscribes) unsubscribe();
  }

  /** Counts a request as at work here until `end` is called. Its signal aborts with the client's. */
  private begin(clientSignal: AbortSignal | undefined): { abort: AbortController; end: () => void } {
    const abort = new AbortController();
    const follow = () => abort.abort(clientSignal?.reason);
    clientSignal?.addEventListener('abort', follow, { once: true });
    this.atWork.add(abort);
    return {
      abort,
      end: () => {
        clientSignal?.removeEventListener('abort', follow);
        this.atWork.delete(abort);
        if (this.atWork.size === 0) this.whenIdle?.();
      },
    };
  }
}

async function openStream(
  handler: StreamHandler<unknown, unknown>,
  ...call: Parameters<StreamHandler<unknown, unknown>>
): Promise<AsyncIterator<unknown>> {
  return (await handler(...call))[Symbol.asyncIterator]();
}

function stopped(): AppError {
  return new AppError('unavailable', 'The service stopped before it answered.', {
    retryAfterMs: 2_000,
    unanswered: 'unknown',
  });
}

/** An error of the handler's own is its reply, also where a request of its own had no reply, unless it refuses the request. */
function replyWithError(thrown: unknown): never {
  const error = AppError.from(thrown);
  const { issues, cause } = error;
  const unanswered = error.unanswered === 'refused' ? 'not_begun' : undefined;
  throw new AppError(error.code, error.message, { ...error.toMessage(), issues, cause, unanswered });
}
