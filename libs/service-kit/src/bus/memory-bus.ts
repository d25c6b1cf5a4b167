import { AppError, type Rpc, type Signal, type StreamRpc } from '@antiphon/contracts';
import type { TraceContext } from '../telemetry/tracing.ts';
import { noAnswer, RpcBus, subjectOf } from './bus.ts';

type Handler = (request: unknown, signal: AbortSignal, trace: TraceContext) => Promise<unknown>;
type StreamHandler = (request: unknown, signal: AbortSignal, trace: TraceContext) => AsyncIterable<unknown>;

/** The bus within one process: the same checks and errors, no network. */
export class MemoryRpcBus extends RpcBus {
  readonly isConnected = true;
  private readonly handlers = new Map<string, Handler>();
  private readonly streamHandlers = new Map<string, StreamHandler>();
  private readonly listeners = new Map<string, ((payload: unknown, id: string | null) => void)[]>();

  protected async ask<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    trace: TraceContext,
    signal?: AbortSignal,
  ): Promise<Reply> {
    const handler = this.handlers.get(rpc.subject);
    if (!handler) throw noAnswer(rpc.subject, 'not_begun');
    const limit = AbortSignal.timeout(timeoutMs);
    const joined = signal ? AbortSignal.any([signal, limit]) : limit;
    joined.throwIfAborted();
    const aborted = new Promise<never>((_resolve, reject) =>
      joined.addEventListener('abort', () =>
        reject(signal?.aborted ? (signal.reason as Error) : noAnswer(rpc.subject, 'unknown')),
      ),
    );
    try {
      return rpc.reply.parse(
        await Promise.race([handler(rpc.request.parse(request), joined, trace).catch(answerWith), aborted]),
      );
    } catch (error) {
      throw AppError.from(error);
    }
  }

  protected async *askForStream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, void> {
    const handler = this.streamHandlers.get(rpc.subject);
    if (!handler) throw noAnswer(rpc.subject, 'not_begun');
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
        const result = await Promise.race([chunks.next().catch(answerWith), aborted]);
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

/** An error of the handler's own is its answer, also where a question of its own was not answered, unless it refuses the question. */
function answerWith(thrown: unknown): never {
  const error = AppError.from(thrown);
  const { issues, cause } = error;
  const unanswered = error.unanswered === 'refused' ? 'not_begun' : undefined;
  throw new AppError(error.code, error.message, { ...error.toInfo(), issues, cause, unanswered });
}
