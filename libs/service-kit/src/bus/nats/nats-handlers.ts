import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Rpc, type StreamRpc, type Unanswered, workRoom } from '@antiphon/contracts';
import type { Msg, MsgHdrs, Subscription } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { ByteRoom } from '../../limits/byte-room.ts';
import type { TraceContext } from '../../telemetry/tracing.ts';
import { clientGone, noAnswer, type RequestHandler, serviceOf, type StreamHandler } from '../bus.ts';
import type { RequestContext } from '../bus-context.ts';
import type { NatsLink } from './nats-link.ts';
import {
  endHeader,
  errorHeader,
  headersOf,
  heartbeatHeader,
  lastChunkHeader,
  lost,
  partHeader,
  takesPartsHeader,
  traceHeader,
} from './nats-messages.ts';
import { partsOf } from './nats-parts.ts';

const creditPart = 'credit';
const idlePollMs = 20;

/** A request of another process at work here: the context of its handler, and how the bus reaches it. */
interface RunningRequest extends RequestContext {
  readonly abort: AbortController;
  readonly trace: TraceContext;
  readonly subject: string;
  readonly replyTo: string;
  /** Whether the client puts parts of a reply together. */
  readonly takesParts: boolean;
  /** Set for streams: wakes the producer when credits come. */
  credit?: (chunks: number) => void;
  /** Set where the client understands heartbeats. */
  heartbeat?: () => void;
}

type AnyRequest = Rpc<unknown, unknown>['request'];

/** The answering half of `NatsBus`: handlers, and the requests at work in them. */
export class NatsHandlers {
  /** Requests at work, by their reply subject. */
  private readonly running = new Map<string, RunningRequest>();
  /** The streams among them, by the subject that their credits come to. */
  private readonly producers = new Map<string, RunningRequest>();
  private readonly room = new ByteRoom({ ...workRoom, holderBytesMax: workRoom.bytesMax });
  private readonly subscriptions: Subscription[] = [];
  /** The grace of a service that stops is over. */
  private refusesRequests = false;

  constructor(
    private readonly link: NatsLink,
    private readonly logger: Logger,
    /** How many chunks a producer may be ahead of its consumer. */
    private readonly window: number,
  ) {}

  handle<Request, Reply>(rpc: Rpc<Request, Reply>, handler: RequestHandler<Request, Reply>): void {
    this.serve(rpc, async (message, running) => {
      const reply = await handler(rpc.request.parse(JSON.parse(message.string())), running);
      this.reply(running, JSON.stringify(reply));
    });
  }

  handleStream<Request, Chunk>(rpc: StreamRpc<Request, Chunk>, handler: StreamHandler<Request, Chunk>): void {
    this.serve(rpc, async (message, running) => {
      const chunks = handler(rpc.request.parse(JSON.parse(message.string())), running);
      const isLast = message.headers?.has(lastChunkHeader) ? rpc.isLast : undefined;
      await this.pump(await chunks, running, isLast);
    });
  }

  sendHeartbeats(): void {
    for (const request of this.running.values()) request.heartbeat?.();
  }

  abortAll(): void {
    for (const request of [...this.running.values()]) request.abort.abort(lost());
  }

  /** See `Bus.stopHandling`. */
  async stop(graceMs: number): Promise<void> {
    const isOver = AbortSignal.timeout(graceMs);
    // NATS has delivered the buffered requests to this instance alone, so they are still answered.
    const drained = this.link.isConnected
      ? this.subscriptions.map((subscription) => subscription.drain())
      : [];
    await Promise.race([Promise.all(drained), once(isOver, 'abort')]);
    while (this.running.size > 0 && !isOver.aborted) await delay(idlePollMs);
    this.refusesRequests = true;
    this.abortAll();
  }

  /** Subscribes to a request and to its cancellation. */
  private serve(
    { subject }: { subject: string; request: AnyRequest },
    run: (message: Msg, running: RunningRequest) => Promise<void>,
  ): void {
    const { connection } = this.link;
    const subscription = connection.subscribe(subject, {
      queue: subject,
      // A refused subscription gets an error and no message.
      callback: (error, message) => {
        if (!error && message.reply) void this.answer(subject, message, message.reply, run);
      },
    });
    this.subscriptions.push(subscription);
    connection.subscribe(`${subject}.cancel`, {
      callback: (error, message) => {
        if (!error) this.running.get(message.string())?.abort.abort(clientGone);
      },
    });
  }

  /** Runs a handler and replies with its error where it fails. */
  private async answer(
    subject: string,
    message: Msg,
    replyTo: string,
    run: (message: Msg, running: RunningRequest) => Promise<void>,
  ): Promise<void> {
    const release = this.refusesRequests ? null : this.room.tryTake(message.data.length, subject);
    if (!release) return this.replyWithError(replyTo, noAnswer(subject, 'not_begun'), 'not_begun');
    const abort = new AbortController();
    const { signal } = abort;
    const trace = message.headers?.get(traceHeader) || null;
    const takesParts = message.headers?.has(takesPartsHeader) === true;
    const running: RunningRequest = { abort, signal, trace, subject, replyTo, takesParts };
    this.running.set(replyTo, running);
    if (message.headers?.has(heartbeatHeader)) {
      running.heartbeat = () => this.link.publish(replyTo, '');
      running.heartbeat();
    }
    try {
      await run(message, running);
    } catch (thrown) {
      if (signal.reason === clientGone) return;
      const error = AppError.from(signal.aborted ? signal.reason : thrown);
      if (error.code === 'internal') this.logger.error({ subject, error: error.cause }, 'a handler failed');
      // Any other error of the handler's own is its reply, also where a request of its own had no reply.
      const refusal = error.unanswered === 'refused' ? 'not_begun' : null;
      this.replyWithError(replyTo, error, signal.aborted ? 'unknown' : refusal);
    } finally {
      release();
      this.running.delete(replyTo);
    }
  }

  /** Sends the chunks of a stream as fast as its consumer gives credit. Ends with the first chunk that `isLast`. */
  private async pump<Chunk>(
    chunks: AsyncIterable<Chunk>,
    running: RunningRequest,
    isLast: ((chunk: Chunk) => boolean) | undefined,
  ): Promise<void> {
    const { replyTo, signal } = running;
    const reply = this.link.newInbox(creditPart, (message) =>
      this.producers.get(message.subject)?.credit?.(Number(message.string())),
    );
    let window = this.window;
    let wake: (() => void) | undefined;
    running.credit = (count) => {
      window += count;
      wake?.();
    };
    running.heartbeat = () => this.link.publish(replyTo, '', { reply });
    signal.addEventListener('abort', () => wake?.());
    this.producers.set(reply, running);
    try {
      for await (const chunk of chunks) {
        if (isLast?.(chunk)) {
          this.reply(running, JSON.stringify(chunk), headersOf({ [endHeader]: '1' }));
          return;
        }
        this.reply(running, JSON.stringify(chunk), { reply });
        if (--window === 0) await new Promise<void>((resolve) => (wake = resolve));
        signal.throwIfAborted();
      }
      this.link.publish(replyTo, '', headersOf({ [endHeader]: '1' }));
    } finally {
      this.producers.delete(reply);
    }
  }

  /** Publishes a reply or a chunk, in parts where one message cannot carry it. Throws `payload_too_large`. */
  private reply(
    { subject, replyTo, takesParts }: RunningRequest,
    json: string,
    options?: { headers?: MsgHdrs; reply?: string },
  ): void {
    const parts = partsOf(json, this.link.messageBytesMax, { sender: serviceOf(subject), takesParts });
    if (!parts) return this.link.publish(replyTo, json, options);
    for (const [place, part] of parts.entries()) {
      const isLast = place === parts.length - 1;
      this.link.publish(replyTo, part, isLast ? options : headersOf({ [partHeader]: '1' }));
    }
  }

  private replyWithError(replyTo: string, error: AppError, unanswered: Unanswered | null): void {
    const mark = headersOf({ [errorHeader]: unanswered ?? 'answered' });
    this.link.publish(replyTo, JSON.stringify(error.toMessage()), mark);
  }
}
