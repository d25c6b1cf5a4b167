import { untilAborted, WakeUp } from '@antiphon/async';
import { EventMessage } from '@antiphon/contracts';
import type {
  DeliveredEvent,
  DeliveredEvents,
  DurableConsumer,
  EventSource,
  EventStream,
  StreamMessage,
} from './event-stream.ts';
import type { EventStreamConfig } from './outbox-config.ts';

/**
 * Events within one process, for services that share it. It keeps nothing: a publication is confirmed once every consumer of its subject has
 * acknowledged it, so that an event stays in its outbox until then, also over a restart. An event that is published again while a consumer
 * still works on it is the same delivery. Events that no service of the process consumes are confirmed at once.
 *
 * Closed until `open`, because an event that is published before its consumers exist would reach none.
 */
export class MemoryEvents implements EventStream, EventSource {
  isConnected = false;
  private readonly consumers = new Map<string, MemoryConsumer>();
  private readonly closing = new AbortController();
  private ageMaxMs = Infinity;

  /** Accepts events from now on. Called when all services have declared their consumers. */
  open(): void {
    this.isConnected = true;
  }

  /** Confirms no more publications: events that are not acknowledged stay in their outbox. */
  close(): void {
    this.isConnected = false;
    this.closing.abort(new Error('the process stops'));
  }

  async prepare({ ageMaxMs }: EventStreamConfig): Promise<void> {
    this.ageMaxMs = ageMaxMs;
  }

  async publish(messages: readonly StreamMessage[], ackTimeoutMs: number): Promise<void> {
    const late = AbortSignal.timeout(ackTimeoutMs);
    const acknowledged = Promise.all(
      messages
        .filter((message) => !this.isTooOld(message))
        .flatMap((message) => this.consumersOf(message).map((consumer) => consumer.take(message))),
    );
    await untilAborted(acknowledged, AbortSignal.any([late, this.closing.signal]));
    // The outbox removes the rows of a confirmed publication, so they are not published again.
    for (const message of messages)
      for (const consumer of this.consumersOf(message)) consumer.forget(message.id);
  }

  async consume({ name, subject }: DurableConsumer): Promise<DeliveredEvents> {
    const consumer = this.consumers.get(name) ?? new MemoryConsumer(subject);
    this.consumers.set(name, consumer);
    return consumer.read();
  }

  private consumersOf({ subject }: StreamMessage): MemoryConsumer[] {
    return [...this.consumers.values()].filter((consumer) => consumer.subject === subject);
  }

  /** Whether an event is beyond the retention of the stream and is dropped unhandled. */
  private isTooOld({ body }: StreamMessage): boolean {
    const { occurredAt } = EventMessage.parse(JSON.parse(body));
    return Date.now() - occurredAt > this.ageMaxMs;
  }
}

/** One event for one consumer, from its publication to its acknowledgement. */
interface Pending {
  message: StreamMessage;
  deliveries: number;
  acknowledged: PromiseWithResolvers<void>;
}

/** The events of one consumer that are not confirmed yet: at most the batch that each outbox publishes at a time. */
class MemoryConsumer {
  private readonly pending = new Map<string, Pending>();
  private readonly due: Pending[] = [];
  private readonly arrivals = new WakeUp();

  constructor(readonly subject: string) {}

  /** Resolves once the event is acknowledged. */
  take(message: StreamMessage): Promise<void> {
    const known = this.pending.get(message.id);
    if (known) return known.acknowledged.promise;
    const pending: Pending = { message, deliveries: 0, acknowledged: Promise.withResolvers() };
    this.pending.set(message.id, pending);
    this.makeDue(pending);
    return pending.acknowledged.promise;
  }

  forget(id: string): void {
    this.pending.delete(id);
  }

  read(): DeliveredEvents {
    const closing = new AbortController();
    return {
      close: async () => closing.abort(),
      [Symbol.asyncIterator]: () => this.deliveries(closing.signal),
    };
  }

  private async *deliveries(signal: AbortSignal): AsyncGenerator<DeliveredEvent> {
    while (!signal.aborted) {
      const next = this.due.shift();
      if (next && this.isPending(next)) yield this.delivery(next);
      if (this.due.length === 0) await this.arrivals.next(Infinity, signal);
    }
  }

  private delivery(pending: Pending): DeliveredEvent {
    pending.deliveries++;
    return {
      json: () => JSON.parse(pending.message.body) as unknown,
      ack: () => pending.acknowledged.resolve(),
      nak: (delayMs = 0) => void setTimeout(() => this.makeDue(pending), delayMs).unref(),
      working: () => undefined,
      info: { deliveryCount: pending.deliveries },
    };
  }

  private makeDue(pending: Pending): void {
    if (!this.isPending(pending)) return;
    this.due.push(pending);
    this.arrivals.ring();
  }

  private isPending(pending: Pending): boolean {
    return this.pending.get(pending.message.id) === pending;
  }
}
