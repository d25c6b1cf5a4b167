import { AppError, type Rpc, type Signal, type StreamRpc } from '@antiphon/contracts';
import type { TraceContext } from '../telemetry/tracing.ts';
import { RpcBus, subjectOf } from './rpc-bus.ts';

type Handler = (request: unknown, signal: AbortSignal, trace: TraceContext) => Promise<unknown>;
type StreamHandler = (request: unknown, signal: AbortSignal, trace: TraceContext) => AsyncIterable<unknown>;

/** The bus within one process: the same checks and errors, no network. */
export class MemoryRpcBus extends RpcBus {
  readonly isConnected = true;
  private readonly handlers = new Map<string, Handler>();
  private readonly streamHandlers = new Map<string, StreamHandler>();
  private readonly listeners = new Map<string, ((payload: unknown, id: string | null) => void)[]>();

  async call<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    signal?: AbortSignal,
    trace: TraceContext = null,
  ): Promise<Reply> {
    const handler = this.handlers.get(rpc.subject);
    if (!handler) throw nobodyHandles(rpc.subject);
    const limit = AbortSignal.timeout(timeoutMs);
    const joined = signal ? AbortSignal.any([signal, limit]) : limit;
    joined.throwIfAborted();
    const aborted = new Promise<never>((_resolve, reject) =>
      joined.addEventListener('abort', () =>
        reject(signal?.aborted ? (signal.reason as Error) : nobodyHandles(rpc.subject)),
      ),
    );
    try {
      return rpc.reply.parse(
        await Promise.race([handler(rpc.request.parse(request), joined, trace), aborted]),
      );
    } catch (error) {
      throw AppError.from(error);
    }
  }

  async *stream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    signal: AbortSignal,
    trace: TraceContext = null,
  ): AsyncGenerator<Chunk> {
    const handler = this.streamHandlers.get(rpc.subject);
    if (!handler) throw nobodyHandles(rpc.subject);
    signal.throwIfAborted();
    const stop = new AbortController();
    const chunks = handler(rpc.request.parse(request), AbortSignal.any([signal, stop.signal]), trace)[
      Symbol.asyncIterator
    ]();
    const aborted = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
    aborted.catch(() => undefined);
    try {
      for (;;) {
        const result = await Promise.race([chunks.next(), aborted]);
        if (result.done) return;
        yield rpc.chunk.parse(result.value);
      }
    } catch (error) {
      throw AppError.from(error);
    } finally {
      stop.abort(new AppError('cancelled', 'Whoever asked has gone.'));
      void chunks.return?.(undefined)?.catch(() => undefined);
    }
  }

  handle<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    handler: (request: Request, signal: AbortSignal, trace: TraceContext) => Promise<Reply>,
  ): void {
    this.handlers.set(rpc.subject, handler as Handler); // `call` parses what it passes by this contract
  }

  handleStream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    handler: (request: Request, signal: AbortSignal, trace: TraceContext) => AsyncIterable<Chunk>,
  ): void {
    this.streamHandlers.set(rpc.subject, handler as StreamHandler); // `stream` parses what it passes by this contract
  }

  tell<Payload>(signal: Signal<Payload>, payload: Payload, id?: string): void {
    subjectOf(signal, id);
    const parsed = signal.payload.parse(payload);
    for (const listener of this.listeners.get(signal.subject) ?? [])
      queueMicrotask(() => listener(parsed, id ?? null));
  }

  listen<Payload>(
    signal: Signal<Payload>,
    listener: (payload: Payload, id: string | null) => void,
    only?: string,
  ): () => void {
    const hear = (payload: unknown, id: string | null) => {
      if (only === undefined || id === only) listener(payload as Payload, id); // `tell` parses by this contract
    };
    this.listeners.set(signal.subject, [...(this.listeners.get(signal.subject) ?? []), hear]);
    return () => {
      const others = this.listeners.get(signal.subject)?.filter((other) => other !== hear) ?? [];
      this.listeners.set(signal.subject, others);
    };
  }

  async ready(): Promise<void> {}

  async stopHandling(): Promise<void> {
    this.handlers.clear();
    this.streamHandlers.clear();
  }

  async close(): Promise<void> {
    await this.stopHandling();
    this.listeners.clear();
  }
}

function nobodyHandles(subject: string): AppError {
  return new AppError('unavailable', `The ${subject.split('.')[0]} service does not answer.`, {
    retryAfterMs: 2_000,
  });
}
