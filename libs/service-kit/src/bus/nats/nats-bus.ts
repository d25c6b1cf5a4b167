import type { Rpc, Signal, StreamRpc } from '@antiphon/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { TraceContext } from '../../telemetry/tracing.ts';
import { Bus, type RequestHandler, type StreamHandler, subjectOf } from '../bus.ts';
import { NatsClient } from './nats-client.ts';
import { NatsHandlers } from './nats-handlers.ts';
import { NatsLink } from './nats-link.ts';
import { parseInto } from './nats-messages.ts';

export interface BusTiming {
  /** How many chunks a producer may be ahead of its consumer. */
  window: number;
  heartbeatMs: number;
  /** A request whose handler was silent for so many heartbeats' time has lost it. */
  silenceMaxMs: number;
}

export const defaultTiming: BusTiming = { window: 256, heartbeatMs: 5_000, silenceMaxMs: 15_000 };

/** The bus between processes, by the protocol of `nats-messages.ts`. */
export class NatsBus extends Bus {
  private readonly link: NatsLink;
  private readonly client: NatsClient;
  private readonly handlers: NatsHandlers;
  private readonly pulse: NodeJS.Timeout;

  constructor(
    private readonly connection: NatsConnection,
    private readonly logger: Logger,
    timing: BusTiming = defaultTiming,
    inboxPrefix = '_INBOX',
  ) {
    super();
    this.link = new NatsLink(connection, inboxPrefix);
    this.client = new NatsClient(this.link, timing.window);
    this.handlers = new NatsHandlers(this.link, logger, timing.window);
    this.pulse = setInterval(() => {
      this.handlers.sendHeartbeats();
      this.client.failSilent(timing.silenceMaxMs / timing.heartbeatMs);
    }, timing.heartbeatMs).unref();
    void this.link.watch(() => {
      this.client.failAll();
      this.handlers.abortAll();
    });
  }

  readonly server = 'nats';

  get isConnected(): boolean {
    return this.link.isConnected;
  }

  protected callOnce<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    trace: TraceContext,
    signal?: AbortSignal,
  ): Promise<Reply> {
    return this.client.call(rpc, request, timeoutMs, trace, signal);
  }

  protected streamOnce<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncIterator<Chunk, void> {
    return this.client.stream(rpc, request, trace, signal);
  }

  handle<Request, Reply>(rpc: Rpc<Request, Reply>, handler: RequestHandler<Request, Reply>): void {
    this.handlers.handle(rpc, handler);
  }

  handleStream<Request, Chunk>(rpc: StreamRpc<Request, Chunk>, handler: StreamHandler<Request, Chunk>): void {
    this.handlers.handleStream(rpc, handler);
  }

  publish<Payload>(signal: Signal<Payload>, payload: Payload, id?: string): void {
    this.link.publish(subjectOf(signal, id), JSON.stringify(payload));
  }

  subscribe<Payload>(
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
    this.link.flush();
    return this.connection.flush();
  }

  stopHandling(graceMs: number): Promise<void> {
    return this.handlers.stop(graceMs);
  }

  async close(): Promise<void> {
    clearInterval(this.pulse);
    this.link.flush();
    await this.connection.drain();
  }
}
