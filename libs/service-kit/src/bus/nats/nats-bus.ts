import {
  AppError,
  ErrorInfo,
  type Rpc,
  type Signal,
  type StreamRpc,
  Unanswered,
  workRoom,
} from '@antiphon/contracts';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { ByteRoom } from '../../limits/byte-room.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { TraceContext } from '../../telemetry/tracing.ts';
import { noAnswer, RpcBus, serviceOf, subjectOf } from '../bus.ts';

/*
 * The protocol. A question is JSON with a reply subject below the asker's own inbox, in the part of the service that answers it
 * (`<prefix>.<service>.<random>.<token>`): NATS lets each service publish in its own part only, and cannot guess the id of the part of another.
 * One wildcard subscription for each part receives its answers. An answer is JSON; the headers `rpc-error` (the body is an ErrorInfo; the value says `not_begun` or `unknown` where the handler
 * itself did not answer) and `rpc-end` (a stream is over) mark the others. Chunks of a stream carry a reply subject below the producer's
 * inbox (`<prefix>.credit.<random>.<token>`), where the consumer sends credits: one message for each half window that it has consumed. An
 * empty message without headers is a heartbeat, which a stream has always, and a call where its question says `rpc-heartbeat`: the first
 * one as soon as it begins. `<subject>.cancel` names a question, by its reply subject, whose asker has gone: every instance hears it, the
 * one at work stops. A question of a trace says so in the header `traceparent`.
 * NATS delivers at most once, and a lost connection may have lost something: every open question on it fails then, on both sides. A
 * question certainly did not begin where NATS knows no responder, where there was no connection to send it on, or where a service refuses
 * it because it stops or works on too many large questions.
 */

const errorHeader = 'rpc-error';
const endHeader = 'rpc-end';
const heartbeatHeader = 'rpc-heartbeat';
const traceHeader = 'traceparent';
const creditPart = 'credit';
const askerGone = new AppError('cancelled', 'Whoever asked has gone.');

export interface RpcTiming {
  /** How many chunks a producer may be ahead of its consumer. */
  window: number;
  heartbeatMs: number;
  /** A question whose handler was silent for so long has lost it. */
  silenceMaxMs: number;
}

export const defaultTiming: RpcTiming = { window: 256, heartbeatMs: 5_000, silenceMaxMs: 15_000 };

interface PendingQuestion {
  onMessage(message: Msg): void;
  onLost(error: AppError): void;
  /** When its handler last gave a sign of life. Null for a call until the first one: not every release sends them. */
  heardAtMs: number | null;
}

interface RunningHandler {
  abort: AbortController;
  trace: TraceContext;
  /** Set for streams: wakes the producer when credits come. */
  credit?: (chunks: number) => void;
  /** Set where the asker understands heartbeats. */
  heartbeat?: () => void;
}

export class NatsRpcBus extends RpcBus {
  /** Open questions, by the subject that their answers come to. */
  private readonly pending = new Map<string, PendingQuestion>();
  /** Questions of others at work here, by their reply subject. */
  private readonly running = new Map<string, RunningHandler>();
  /** The streams among them, by the subject that their credits come to. */
  private readonly producers = new Map<string, RunningHandler>();
  /** For the questions at work here. */
  private readonly room = new ByteRoom({ ...workRoom, holderBytesMax: workRoom.bytesMax });
  private readonly served: Subscription[] = [];
  /** The ids of the inbox's parts: they tell this process from others of the service. */
  private readonly inboxIds = new Map<string, string>();
  private readonly pulse: NodeJS.Timeout;
  private nextToken = 0;
  private connected = true;
  /** The grace of a service that stops is over. */
  private refusesQuestions = false;

  constructor(
    private readonly connection: NatsConnection,
    private readonly logger: Logger,
    private readonly timing: RpcTiming = defaultTiming,
    /** The prefix bears the service's name, so that the permissions of NATS can say who listens there. */
    private readonly inboxPrefix = '_INBOX',
  ) {
    super();
    this.pulse = setInterval(() => this.onPulse(), timing.heartbeatMs).unref();
    void this.watchConnection();
  }

  get isConnected(): boolean {
    return this.connected;
  }

  protected async ask<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    trace: TraceContext,
    signal?: AbortSignal,
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
      const timer = setTimeout(() => giveUp(noAnswer(rpc.subject, 'unknown')), timeoutMs);
      signal?.addEventListener('abort', onAbort);
      this.pending.set(replyTo, {
        heardAtMs: null,
        onMessage: (message) => {
          if (isHeartbeat(message)) return;
          end(() => {
            const error = errorOf(message, rpc.subject);
            if (error) reject(error);
            else parseInto(rpc.reply, message, resolve, reject);
          });
        },
        onLost: giveUp,
      });
    });
    this.send(rpc.subject, request, replyTo, { [heartbeatHeader]: '1', [traceHeader]: trace });
    return answer;
  }

  protected async *askForStream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncGenerator<Chunk, void> {
    signal.throwIfAborted();
    const replyTo = this.openInbox(rpc.subject);
    let creditTo: string | undefined;
    let isOver = false;
    const queue = new ChunkQueue<Chunk>();
    const onAbort = () => queue.abort(signal.reason);
    const finish = (error?: AppError) => {
      isOver = true;
      if (error) queue.fail(error);
      else queue.end();
    };
    signal.addEventListener('abort', onAbort);
    this.pending.set(replyTo, {
      heardAtMs: performance.now(),
      onMessage: (message) => {
        creditTo = message.reply;
        const error = errorOf(message, rpc.subject);
        if (error) return finish(error);
        if (message.headers?.has(endHeader)) return finish();
        if (!isHeartbeat(message)) parseInto(rpc.chunk, message, (chunk) => queue.push(chunk), finish);
      },
      onLost: (error) => queue.fail(error),
    });
    try {
      this.send(rpc.subject, request, replyTo, { [traceHeader]: trace });
      const creditEvery = this.timing.window >> 1;
      let consumed = 0;
      for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) {
        yield chunk;
        if (++consumed % creditEvery === 0 && creditTo) this.say(creditTo, String(creditEvery));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
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
        this.say(replyTo, '', headersOf({ [endHeader]: '1' }));
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
    this.refusesQuestions = true;
    for (const handler of this.running.values()) handler.abort.abort(lost());
  }

  async close(): Promise<void> {
    clearInterval(this.pulse);
    await this.connection.drain();
  }

  private newInbox(part: string): string {
    return `${this.inboxPrefix}.${part}.${this.inboxIds.get(part) ?? this.openPart(part)}.${this.nextToken++}`;
  }

  /** Another service can have NATS deliver to any subject that it knows, by a consumer of a stream: so it must not guess one from its own. */
  private openPart(part: string): string {
    const id = crypto.randomUUID();
    this.inboxIds.set(part, id);
    this.connection.subscribe(`${this.inboxPrefix}.${part}.${id}.*`, {
      callback: (_error, message) => this.onInbox(message),
    });
    return id;
  }

  private openInbox(subject: string): string {
    if (!this.connected) throw unreachable();
    return this.newInbox(serviceOf(subject));
  }

  private send(
    subject: string,
    request: unknown,
    replyTo: string,
    marks: Record<string, string | null>,
  ): void {
    try {
      this.connection.publish(subject, JSON.stringify(request), {
        reply: replyTo,
        ...headersOf(marks),
      });
    } catch (error) {
      const isTooLarge = error instanceof Error && error.message.includes('max_payload');
      this.pending.get(replyTo)?.onLost(
        isTooLarge
          ? new AppError('payload_too_large', 'The request and its context are too large.', {
              cause: error,
            })
          : unreachable(error),
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
    const release = this.refusesQuestions ? null : this.room.tryTake(message.data.length, rpc.subject);
    if (!release) return this.sayError(replyTo, noAnswer(rpc.subject, 'not_begun'), 'not_begun');
    const trace = message.headers?.get(traceHeader) || null;
    const running: RunningHandler = { abort: new AbortController(), trace };
    this.running.set(replyTo, running);
    if (message.headers?.has(heartbeatHeader)) {
      running.heartbeat = () => this.say(replyTo, '');
      running.heartbeat();
    }
    try {
      await run(rpc.request.parse(JSON.parse(message.string())), running, replyTo);
    } catch (thrown) {
      const { signal } = running.abort;
      if (signal.reason === askerGone) return;
      const error = AppError.from(signal.aborted ? signal.reason : thrown);
      if (error.code === 'internal')
        this.logger.error({ subject: rpc.subject, error: error.cause }, 'a handler failed');
      // Any other error of the handler's own is its answer, also where a question of its own was not answered.
      const refusal = error.unanswered === 'refused' ? 'not_begun' : null;
      this.sayError(replyTo, error, signal.aborted ? 'unknown' : refusal);
    } finally {
      release();
      this.running.delete(replyTo);
    }
  }

  private sayError(replyTo: string, error: AppError, unanswered: Unanswered | null): void {
    const mark = headersOf({ [errorHeader]: unanswered ?? 'answered' });
    this.say(replyTo, JSON.stringify(error.toInfo()), mark);
  }

  private onInbox(message: Msg): void {
    const question = this.pending.get(message.subject);
    if (!question) return this.producers.get(message.subject)?.credit?.(Number(message.string()));
    question.heardAtMs = performance.now();
    question.onMessage(message);
  }

  private onPulse(): void {
    for (const handler of this.running.values()) handler.heartbeat?.();
    const heardBeforeMs = performance.now() - this.timing.silenceMaxMs;
    for (const question of [...this.pending.values()])
      if (question.heardAtMs !== null && question.heardAtMs < heardBeforeMs) question.onLost(lost());
  }

  private async watchConnection(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'reconnect') this.connected = true;
      if (status.type !== 'disconnect') continue;
      this.connected = false;
      for (const question of [...this.pending.values()]) question.onLost(lost());
      for (const handler of [...this.running.values()]) handler.abort.abort(lost());
    }
  }
}

/** What a publish takes as headers; none where all are null. */
function headersOf(values: Record<string, string | null>): { headers?: MsgHdrs } {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null);
  if (given.length === 0) return {};
  const set = headers();
  for (const [name, value] of given) set.set(name, value);
  return { headers: set };
}

function isHeartbeat(message: Msg): boolean {
  return message.data.length === 0 && !message.headers;
}

function errorOf(message: Msg, subject: string): AppError | null {
  if (!message.headers) return null;
  if (message.headers.code === 503) return noAnswer(subject, 'not_begun');
  if (!message.headers.has(errorHeader)) return null;
  const info = ErrorInfo.safeParse(JSON.parse(message.string()));
  if (!info.success) return new AppError('internal', 'Internal error');
  const { data: unanswered } = Unanswered.safeParse(message.headers.get(errorHeader));
  return new AppError(info.data.code, info.data.message, { ...info.data, unanswered });
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

/** There is no connection that a question could leave on. */
function unreachable(cause?: unknown): AppError {
  return new AppError('unavailable', 'The message bus is not reachable.', {
    retryAfterMs: 2_000,
    unanswered: 'not_begun',
    cause,
  });
}

function lost(): AppError {
  return new AppError('unavailable', 'The connection between the services was lost.', {
    retryAfterMs: 2_000,
    unanswered: 'unknown',
  });
}
