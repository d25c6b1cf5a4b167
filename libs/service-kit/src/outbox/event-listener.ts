import { setTimeout as delay } from 'node:timers/promises';
import { type EventContract, EventMessage } from '@antiphon/contracts';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import { metrics } from '../telemetry/metrics.ts';
import type { EventSource } from './event-stream.ts';

const heardTotal = new Counter({
  name: 'events_heard_total',
  help: 'Events that this service was told of, by subject and by whether it could do what follows from them; failures come again',
  labelNames: ['subject', 'outcome'] as const,
  registers: [metrics],
});

/** What follows from an event. It comes at least once, so doing it again must change nothing. */
export interface EventHandler<Data> {
  /** Resolves once what follows is committed. Where it rejects, the event comes again later. */
  handle(data: Data, signal: AbortSignal): Promise<void>;
}

export interface EventListenerOptions {
  /** The consumer that the stream remembers for all processes of a service: a name for good. */
  consumer: string;
  /** Within this time an event must be handled, or told to be still under way, or another process gets it. */
  ackWaitMs: number;
  /** The longest wait before what failed is tried again. */
  backoffMaxMs: number;
}

export const usualListening = { ackWaitMs: 30_000, backoffMaxMs: 60_000 };

const backoffMinMs = 250;
const pendingMax = 64;

/**
 * Hears one kind of event for a service, whichever of its processes it comes to, one at a time: acknowledged once it is handled, again
 * after a while where that failed, for as long as the stream keeps it.
 */
export class EventListener<Data> {
  private readonly stopping = new AbortController();
  private messages: ConsumerMessages | null = null;
  private running: Promise<void> | undefined;

  constructor(
    private readonly source: EventSource,
    private readonly event: EventContract<Data>,
    private readonly handler: EventHandler<Data>,
    private readonly options: EventListenerOptions,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when nothing is under way any more. What was not handled comes to another process. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.messages?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted; failures++) {
      try {
        this.messages = await this.source.consume(this.consumer());
        if (this.stopping.signal.aborted) await this.messages.close();
        for await (const message of this.messages) {
          failures = 0;
          await this.take(message);
        }
      } catch (error) {
        // A service that starts before the stream is made, or whose stream was lost with its server's disk.
        const { subject } = this.event;
        if (failures === 0)
          this.logger.warn({ subject, error: (error as Error).message }, 'events are not heard');
      }
      await this.sleep(this.backoffMs(failures));
    }
  }

  private consumer() {
    const { consumer: name, ackWaitMs } = this.options;
    return { name, subject: this.event.subject, ackWaitMs, pendingMax };
  }

  private async take(message: JsMsg): Promise<void> {
    const { subject } = this.event;
    const stillAtIt = setInterval(() => message.working(), this.options.ackWaitMs / 3);
    try {
      await this.handler.handle(this.read(message), this.stopping.signal);
      await message.ackAck();
      heardTotal.inc({ subject, outcome: 'handled' });
    } catch (error) {
      if (this.stopping.signal.aborted) return message.nak();
      heardTotal.inc({ subject, outcome: 'failed' });
      this.logger.warn({ subject, err: error }, 'an event could not be handled: it comes again');
      message.nak(this.backoffMs(message.info.deliveryCount - 1));
    } finally {
      clearInterval(stillAtIt);
    }
  }

  /** Throws for what this release does not know: one that does may run beside it. */
  private read(message: JsMsg): Data {
    const { version, data } = EventMessage.parse(message.json());
    if (version > this.event.version) throw new Error(`version ${version} of the event is not known here`);
    return this.event.data.parse(data);
  }

  private backoffMs(failures: number): number {
    return Math.min(backoffMinMs * 2 ** failures, this.options.backoffMaxMs);
  }

  private async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
