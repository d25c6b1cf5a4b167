import { AppError, ErrorInfo, type Rpc, type Signal, type StreamRpc } from '@antiphon/contracts';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { headers, type Msg, type NatsConnection, nuid, type Subscription } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { ChunkQueue } from './chunk-queue.ts';
import type { TraceContext } from '../telemetry/tracing.ts';
import { RpcBus, subjectOf } from './rpc-bus.ts';

/*
 * The protocol. A question is JSON with a reply subject below the asker's own inbox, in the part of the service that answers it
 * (`<prefix>.<service>.<random>.<token>`): NATS lets each service publish in its own part only. One wildcard subscription receives all answers.
 * An answer is JSON; the headers `rpc-error` (the body is an ErrorInfo) and `rpc-end` (a stream is over) mark the others. Chunks of a
 * stream carry a reply subject below the producer's inbox (`<prefix>.credit.<random>.<token>`), where the consumer sends credits: one message for each half window that it
 * has consumed. An empty chunk without headers is a heartbeat. `<subject>.cancel` names a question, by its reply subject, whose asker
 * has gone: every instance hears it, the one at work stops. A question of a trace says so in the header `traceparent`.
 * NATS delivers at most once, and a lost connection may have lost something: whatever is open on it fails then, on both sides.
 */

const errorHeader = 'rpc-error';
const endHeader = 'rpc-end';
const traceHeader = 'traceparent';
const creditPart = 'credit';
const askerGone = new AppError('cancelled', 'Whoever asked has gone.');

export interface RpcTiming {
  /** How many chunks a producer may be ahead of its consumer. */
  window: number;
  heartbeatMs: number;
  /** A stream that was silent for so long has lost its producer. */
  silenceMaxMs: number;
}

export const defaultTiming: RpcTiming = { window: 256, heartbeatMs: 5_000, silenceMaxMs: 15_000 };

interface PendingCall {
  onMessage(message: Msg): void;
  onLost(error: AppError): void;
}

interface OpenStream {
  queue: ChunkQueue<unknown>;
  heardAtMs: number;
}

interface RunningHandler {
  abort: AbortController;
  trace: TraceContext;
  /** Set for streams: wakes the producer when credits come. */
  credit?: (chunks: number) => void;
  heartbeat?: () => void;
}

export class NatsRpcBus extends RpcBus {
  /** Open questions, by the subject that their answers come to. */
  private readonly pending = new Map<string, PendingCall>();
  private readonly streams = new Set<OpenStream>();
  /** Questions of others at work here, by their reply subject. */
  private readonly running = new Map<string, RunningHandler>();
  /** The streams among them, by the subject that their credits come to. */
  private readonly producers = new Map<string, RunningHandler>();
  private readonly served: Subscription[] = [];
  /** Tells this connection's inbox from those of other processes of the service. */
  private readonly inboxId = nuid.next();
  private readonly pulse: NodeJS.Timeout;
  private nextToken = 0;
  private connected = true;

  constructor(
    private readonly connection: NatsConnection,
    private readonly logger: Logger,
    private readonly timing: RpcTiming = defaultTiming,
    /** The prefix bears the service's name, so that the permissions of NATS can say who listens there. */
    private readonly inboxPrefix = '_INBOX',
  ) {
    super();
    connection.subscribe(`${inboxPrefix}.*.${this.inboxId}.*`, {
      callback: (_error, message) => this.onInbox(message),
    });
    this.pulse = setInterval(() => this.onPulse(), timing.heartbeatMs).unref();
    void this.watchConnection();
  }

  get isConnected(): boolean {
    return this.connected;
  }

  async call<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    signal?: AbortSignal,
    trace: TraceContext = null,
  ): Promise<Reply> {
    signal?.throwIfAborted();
    const replyTo = this.openInbox(rpc.subject);
    const answer = new Promise<Reply>((resolve, reject) => {
      const end = (settle: () => void) => {
        this.pending.delete(replyTo);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const giveUp = (error: AppError) => {
        this.say(`${rpc.subject}.cancel`, replyTo);
        end(() => reject(error));
      };
      const onAbort = () => giveUp(AppError.from(signal?.reason));
      const timer = setTimeout(() => giveUp(noAnswer(rpc.subject)), timeoutMs);
      signal?.addEventListener('abort', onAbort);
      this.pending.set(replyTo, {
        onMessage: (message) =>
          end(() => {
            const error = errorOf(message, rpc.subject);
            if (error) reject(error);
            else parseInto(rpc.reply, message, resolve, reject);
          }),
        onLost: (error) => end(() => reject(error)),
      });
    });
    this.ask(rpc.subject, request, { replyTo, trace });
    return answer;
  }

  async *stream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    signal: AbortSignal,
    trace: TraceContext = null,
  ): AsyncGenerator<Chunk> {
    signal.throwIfAborted();
    const replyTo = this.openInbox(rpc.subject);
    let creditTo: string | undefined;
    let isOver = false;
    const queue = new ChunkQueue<Chunk>();
    const open: OpenStream = { queue, heardAtMs: performance.now() };
    const onAbort = () => queue.fail(signal.reason);
    const finish = (error?: AppError) => {
      isOver = true;
      if (error) queue.fail(error);
      else queue.end();
    };
    signal.addEventListener('abort', onAbort);
    this.streams.add(open);
    this.pending.set(replyTo, {
      onMessage: (message) => {
        open.heardAtMs = performance.now();
        creditTo = message.reply;
        const error = errorOf(message, rpc.subject);
        if (error) return finish(error);
        if (message.headers?.has(endHeader)) return finish();
        if (message.data.length > 0) parseInto(rpc.chunk, message, (chunk) => queue.push(chunk), finish);
      },
      onLost: finish,
    });
    try {
      this.ask(rpc.subject, request, { replyTo, trace });
      const creditEvery = this.timing.window >> 1;
      let consumed = 0;
      for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) {
        yield chunk;
        if (++consumed % creditEvery === 0 && creditTo) this.say(creditTo, String(creditEvery));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.streams.delete(open);
      this.pending.delete(replyTo);
      if (!isOver) this.say(`${rpc.subject}.cancel`, replyTo);
    }
  }

  handle<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    handler: (request: Request, signal: AbortSignal, trace: TraceContext) => Promise<Reply>,
  ): void {
    this.serve(rpc, async (request, running, replyTo) => {
      const reply = await handler(request, running.abort.signal, running.trace);
      this.say(replyTo, JSON.stringify(reply));
    });
  }

  handleStream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    handler: (request: Request, signal: AbortSignal, trace: TraceContext) => AsyncIterable<Chunk>,
  ): void {
    this.serve(rpc, async (request, running, replyTo) => {
      const reply = this.newInbox(creditPart);
      let window = this.timing.window;
      let wake: (() => void) | undefined;
      running.credit = (chunks) => {
        window += chunks;
        wake?.();
      };
      running.heartbeat = () => this.say(replyTo, '', { reply });
      running.abort.signal.addEventListener('abort', () => wake?.());
      this.producers.set(reply, running);
      try {
        for await (const chunk of handler(request, running.abort.signal, running.trace)) {
          this.say(replyTo, JSON.stringify(chunk), { reply });
          if (--window === 0) await new Promise<void>((resolve) => (wake = resolve));
          running.abort.signal.throwIfAborted();
        }
        this.say(replyTo, '', { headers: marked(endHeader) });
      } finally {
        this.producers.delete(reply);
      }
    });
  }

  tell<Payload>(signal: Signal<Payload>, payload: Payload, id?: string): void {
    this.say(subjectOf(signal, id), JSON.stringify(payload));
  }

  listen<Payload>(
    signal: Signal<Payload>,
    listener: (payload: Payload, id: string | null) => void,
    only?: string,
  ): () => void {
    const hasId = signal.subject.endsWith('.*');
    const subject = only === undefined ? signal.subject : subjectOf(signal, only);
    const subscription = this.connection.subscribe(subject, {
      callback: (_error, message) => {
        const id = hasId ? message.subject.slice(signal.subject.length - 1) : null;
        parseInto(
          signal.payload,
          message,
          (payload) => listener(payload, id),
          (error) =>
            this.logger.warn(
              { subject: message.subject, error: error.message },
              'a signal does not fit its contract',
            ),
        );
      },
    });
    return () => subscription.unsubscribe();
  }

  ready(): Promise<void> {
    return this.connection.flush();
  }

  async stopHandling(graceMs: number): Promise<void> {
    const isOver = AbortSignal.timeout(graceMs);
    // What NATS has sent here already nobody else has: it is still answered.
    const drained = this.connected ? this.served.map((subscription) => subscription.drain()) : [];
    await Promise.race([Promise.all(drained), once(isOver, 'abort')]);
    while (this.running.size > 0 && !isOver.aborted) await delay(20);
    for (const handler of this.running.values()) handler.abort.abort(lost());
  }

  async close(): Promise<void> {
    clearInterval(this.pulse);
    await this.connection.drain();
  }

  private newInbox(part: string): string {
    return `${this.inboxPrefix}.${part}.${this.inboxId}.${this.nextToken++}`;
  }

  private openInbox(subject: string): string {
    if (!this.connected)
      throw new AppError('unavailable', 'The message bus is not reachable.', { retryAfterMs: 2_000 });
    return this.newInbox(serviceOf(subject));
  }

  private ask(
    subject: string,
    request: unknown,
    { replyTo, trace }: { replyTo: string; trace: TraceContext },
  ): void {
    try {
      this.connection.publish(subject, JSON.stringify(request), {
        reply: replyTo,
        ...(trace !== null && { headers: marked(traceHeader, trace) }),
      });
    } catch (error) {
      const isTooLarge = error instanceof Error && error.message.includes('max_payload');
      this.pending.get(replyTo)?.onLost(
        isTooLarge
          ? new AppError('payload_too_large', 'The request and its context are too large.', {
              cause: error,
            })
          : new AppError('unavailable', 'The message bus is not reachable.', { cause: error }),
      );
    }
  }

  /** While the connection closes nobody hears what is still said, nor needs to: its end says it all. */
  private say(...message: Parameters<NatsConnection['publish']>): void {
    if (!this.connection.isDraining() && !this.connection.isClosed()) this.connection.publish(...message);
  }

  /** Subscribes to a question and to its cancellation; runs a handler for each question and answers its errors. */
  private serve<Request>(
    rpc: { subject: string; request: Rpc<Request, unknown>['request'] },
    run: (request: Request, running: RunningHandler, replyTo: string) => Promise<void>,
  ): void {
    const served = this.connection.subscribe(rpc.subject, {
      queue: rpc.subject,
      callback: (_error, message) => {
        if (message.reply) void this.answer(rpc, message, message.reply, run);
      },
    });
    this.served.push(served);
    this.connection.subscribe(`${rpc.subject}.cancel`, {
      callback: (_error, message) => this.running.get(message.string())?.abort.abort(askerGone),
    });
  }

  private async answer<Request>(
    rpc: { subject: string; request: Rpc<Request, unknown>['request'] },
    message: Msg,
    replyTo: string,
    run: (request: Request, running: RunningHandler, replyTo: string) => Promise<void>,
  ): Promise<void> {
    const trace = message.headers?.get(traceHeader) || null;
    const running: RunningHandler = { abort: new AbortController(), trace };
    this.running.set(replyTo, running);
    try {
      await run(rpc.request.parse(JSON.parse(message.string())), running, replyTo);
    } catch (thrown) {
      if (running.abort.signal.reason === askerGone) return;
      const error = AppError.from(running.abort.signal.aborted ? running.abort.signal.reason : thrown);
      if (error.code === 'internal')
        this.logger.error({ subject: rpc.subject, error: error.cause }, 'a handler failed');
      this.say(replyTo, JSON.stringify(error.toInfo()), { headers: marked(errorHeader) });
    } finally {
      this.running.delete(replyTo);
    }
  }

  private onInbox(message: Msg): void {
    const call = this.pending.get(message.subject);
    if (call) call.onMessage(message);
    else this.producers.get(message.subject)?.credit?.(Number(message.string()));
  }

  private onPulse(): void {
    for (const producer of this.producers.values()) producer.heartbeat?.();
    const heardBeforeMs = performance.now() - this.timing.silenceMaxMs;
    for (const stream of this.streams) if (stream.heardAtMs < heardBeforeMs) stream.queue.fail(lost());
  }

  private async watchConnection(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'reconnect') this.connected = true;
      if (status.type !== 'disconnect') continue;
      this.connected = false;
      for (const call of [...this.pending.values()]) call.onLost(lost());
      for (const handler of [...this.running.values()]) handler.abort.abort(lost());
    }
  }
}

function marked(header: string, value = '1') {
  const marks = headers();
  marks.set(header, value);
  return marks;
}

function errorOf(message: Msg, subject: string): AppError | null {
  if (!message.headers) return null;
  if (message.headers.code === 503) return noAnswer(subject);
  if (!message.headers.has(errorHeader)) return null;
  const info = ErrorInfo.safeParse(JSON.parse(message.string()));
  return info.success ? AppError.fromInfo(info.data) : new AppError('internal', 'Internal error');
}

function parseInto<Value>(
  schema: Rpc<unknown, Value>['reply'],
  message: Msg,
  onValue: (value: Value) => void,
  onError: (error: AppError) => void,
): void {
  let value: Value;
  try {
    value = schema.parse(JSON.parse(message.string()));
  } catch (cause) {
    return onError(new AppError('internal', 'Internal error', { cause }));
  }
  onValue(value);
}

function noAnswer(subject: string): AppError {
  return new AppError('unavailable', `The ${serviceOf(subject)} service does not answer.`, {
    retryAfterMs: 2_000,
  });
}

function lost(): AppError {
  return new AppError('unavailable', 'The connection between the services was lost.', {
    retryAfterMs: 2_000,
  });
}

/** The first part of a subject names the service that answers it. */
function serviceOf(subject: string): string {
  return subject.slice(0, subject.indexOf('.'));
}
