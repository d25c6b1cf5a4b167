import { setTimeout as delay } from 'node:timers/promises';
import { type EventContract, EventMessage } from '@antiphon/contracts';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import type { EventContext } from '../bus/bus-context.ts';
import { metrics } from '../telemetry/metrics.ts';
import type { DeliveredEvent, DeliveredEvents, EventSource } from './event-stream.ts';

const heardTotal = new Counter({
  name: 'events_heard_total',
  help: 'Events that this service received, by subject and outcome; failed ones are delivered again',
  labelNames: ['subject', 'outcome'] as const,
  registers: [metrics],
});

/**
 * Resolves once the effects of the event are committed. Where it rejects, the event is delivered again later. An event is delivered at
 * least once, so handling it again must change nothing.
 */
export type EventHandler<Data> = (data: Data, context: EventContext) => Promise<void>;

export interface EventListenerOptions {
  /** The durable consumer of all processes of a service. Its name must never change. */
  consumer: string;
  /** How many events are handled at the same time; by default one. */
  atOnce?: number;
  /** After this time without an acknowledgement or a report of progress, another process gets the event. */
  ackWaitMs: number;
  /** The longest wait before a failed event is tried again. */
  backoffMaxMs: number;
}

export const defaultListening = { ackWaitMs: 30_000, backoffMaxMs: 60_000 };

const backoffMinMs = 250;
const failuresUnlogged = 3;
const pendingMin = 64;

/**
 * Handles one kind of event for a service, one event at a time or a bounded number of them. An event goes to one process of the service, is acknowledged once it is
 * handled, and is delivered again after a backoff where the handler failed, for as long as the stream keeps it.
 */
export class EventListener<Data> {
  private readonly stopping = new AbortController();
  private messages: DeliveredEvents | null = null;
  private running: Promise<void> | undefined;
  private readonly handling = new Set<Promise<void>>();

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

  /** Resolves when no event is at work any more. An event that was not handled goes to another process. */
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
          await this.begin(message);
        }
        await Promise.all(this.handling);
      } catch (error) {
        // A service may start before the stream is made: the first failures are not worth a warning.
        const { subject } = this.event;
        if (failures === failuresUnlogged)
          this.logger.warn({ subject, error: (error as Error).message }, 'events cannot be consumed');
      }
      await this.sleep(this.backoffMs(failures));
    }
  }

  private consumer() {
    const { consumer: name, ackWaitMs, atOnce = 1 } = this.options;
    const pendingMax = Math.max(pendingMin, 2 * atOnce);
    return { name, subject: this.event.subject, ackWaitMs, pendingMax, atOnce };
  }

  /** Resolves when there is room for another event. */
  private async begin(message: DeliveredEvent): Promise<void> {
    const { atOnce = 1 } = this.options;
    const handled = this.take(message).finally(() => this.handling.delete(handled));
    this.handling.add(handled);
    if (this.handling.size >= atOnce) await Promise.race(this.handling);
  }

  private async take(message: DeliveredEvent): Promise<void> {
    const { subject } = this.event;
    const progress = setInterval(() => message.working(), this.options.ackWaitMs / 3);
    try {
      await this.handler(this.read(message), { signal: this.stopping.signal });
      message.ack();
      heardTotal.inc({ subject, outcome: 'handled' });
    } catch (error) {
      if (this.stopping.signal.aborted) return message.nak();
      heardTotal.inc({ subject, outcome: 'failed' });
      this.logger.warn({ subject, err: error }, 'an event could not be handled and is delivered again');
      message.nak(this.backoffMs(message.info.deliveryCount - 1));
    } finally {
      clearInterval(progress);
    }
  }

  /** Throws for a version that this release does not know: a newer release may run beside it and handle the event. */
  private read(message: DeliveredEvent): Data {
    const { version, data } = EventMessage.parse(message.json());
    if (version > this.event.version)
      throw new Error(`version ${version} of the event is unknown to this release`);
    return this.event.data.parse(data);
  }

  private backoffMs(failures: number): number {
    return Math.min(backoffMinMs * 2 ** failures, this.options.backoffMaxMs);
  }

  private async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
