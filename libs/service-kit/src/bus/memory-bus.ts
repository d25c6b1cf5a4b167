import { AppError, type Rpc, type Signal, type StreamRpc } from '@antiphon/contracts';
import type { TraceContext } from '../telemetry/tracing.ts';
import { Bus, clientGone, noAnswer, type RequestHandler, type StreamHandler, subjectOf } from './bus.ts';

/** The bus within one process: the same checks and errors, no network. */
export class MemoryBus extends Bus {
  readonly isConnected = true;
  private readonly handlers = new Map<string, RequestHandler<unknown, unknown>>();
  private readonly streamHandlers = new Map<string, StreamHandler<unknown, unknown>>();
  private readonly listeners = new Map<string, ((payload: unknown, id: string | null) => void)[]>();

  protected async callOnce<Request, Reply>(
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
      const reply = handler(rpc.request.parse(request), { signal: joined, trace });
      return rpc.reply.parse(await Promise.race([reply.catch(replyWithError), aborted]));
    } catch (error) {
      throw AppError.from(error);
    }
  }

  protected async *streamOnce<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, void> {
    const handler = this.streamHandlers.get(rpc.subject);
    if (!handler) throw noAnswer(rpc.subject, 'not_begun');
    signal.throwIfAborted();
    const stop = new AbortController();
    const context = { signal: AbortSignal.any([signal, stop.signal]), trace };
    const aborted = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
    aborted.catch(() => undefined);
    const opened = openStream(handler, rpc.request.parse(request), context).catch(replyWithError);
    try {
      const chunks = await Promise.race([opened, aborted]);
      for (let isFirst = true; ; isFirst = false) {
        const result = await Promise.race([chunks.next().catch(replyWithError), aborted]);
        if (result.done) return;
        const chunk = isFirst ? rpc.chunk.parse(result.value) : (result.value as Chunk); // as over NATS
        yield chunk;
        if (rpc.isLast?.(chunk)) return;
      }
    } catch (error) {
      throw AppError.from(error);
    } finally {
      stop.abort(clientGone);
      void opened.then((chunks) => chunks.return?.(undefined)).catch(() => undefined);
    }
  }

  handle<Request, Reply>(rpc: Rpc<Request, Reply>, handler: RequestHandler<Request, Reply>): void {
    this.handlers.set(rpc.subject, handler as RequestHandler<unknown, unknown>); // `callOnce` parses what it passes by this contract
  }

  handleStream<Request, Chunk>(rpc: StreamRpc<Request, Chunk>, handler: StreamHandler<Request, Chunk>): void {
    this.streamHandlers.set(rpc.subject, handler as StreamHandler<unknown, unknown>); // `streamOnce` parses what it passes by this contract
  }

  publish<Payload>(signal: Signal<Payload>, payload: Payload, id?: string): void {
    subjectOf(signal, id);
    const parsed = signal.payload.parse(payload);
    for (const listener of this.listeners.get(signal.subject) ?? [])
      queueMicrotask(() => listener(parsed, id ?? null));
  }

  subscribe<Payload>(
    signal: Signal<Payload>,
    listener: (payload: Payload, id: string | null) => void,
    only?: string,
  ): () => void {
    const receive = (payload: unknown, id: string | null) => {
      if (only === undefined || id === only) listener(payload as Payload, id); // `publish` parses by this contract
    };
    this.listeners.set(signal.subject, [...(this.listeners.get(signal.subject) ?? []), receive]);
    return () => {
      const others = this.listeners.get(signal.subject)?.filter((other) => other !== receive) ?? [];
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

async function openStream(
  handler: StreamHandler<unknown, unknown>,
  ...call: Parameters<StreamHandler<unknown, unknown>>
): Promise<AsyncIterator<unknown>> {
  return (await handler(...call))[Symbol.asyncIterator]();
}

/** An error of the handler's own is its reply, also where a request of its own had no reply, unless it refuses the request. */
function replyWithError(thrown: unknown): never {
  const error = AppError.from(thrown);
  const { issues, cause } = error;
  const unanswered = error.unanswered === 'refused' ? 'not_begun' : undefined;
  throw new AppError(error.code, error.message, { ...error.toInfo(), issues, cause, unanswered });
}
