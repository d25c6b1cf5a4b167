import { eventStream } from '@antiphon/contracts';
import { AckPolicy, JetStreamApiError, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { createInbox, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { EventStreamConfig } from './outbox-config.ts';

/** An event as it goes to the stream. */
export interface StreamMessage {
  /** The same each time the event is published, so that the stream recognises an event that it already has. */
  id: string;
  subject: string;
  body: string;
}

/** Keeps events for their consumers. */
export interface EventStream {
  readonly isConnected: boolean;
  /** Makes the stream, or changes its configuration. */
  prepare(config: EventStreamConfig): Promise<void>;
  /** Resolves once the stream keeps all of them, in their order. Where it rejects, some may be kept: publish all of them again. */
  publish(messages: readonly StreamMessage[], ackTimeoutMs: number): Promise<void>;
}

/** Nest's token for the stream that keeps events; null where the service runs without one: its outbox fills, and it consumes no events. */
export const EVENT_STREAM = Symbol('event stream');
export type ServiceEvents = (EventStream & EventSource) | null;

/** Delivers events to durable consumers. */
export interface EventSource {
  /**
   * The events of one subject that a durable consumer has not acknowledged, from the oldest that the stream keeps; the consumer is made where
   * there is none. One of all processes that read gets a message, and has `ackWaitMs` to acknowledge it. Ends with an error within about
   * 6 s where the stream or the consumer is lost. An event that was published to a stream made anew is not missed: the consumer that is
   * then made begins with the stream's first event.
   */
  consume(consumer: DurableConsumer): Promise<DeliveredEvents>;
}

/** The events for one reader of a durable consumer, one after the other, until it is closed. */
export interface DeliveredEvents extends AsyncIterable<DeliveredEvent> {
  close(): Promise<void | Error>;
}

/** One delivery of an event, which its reader acknowledges or gives back. */
export interface DeliveredEvent {
  json(): unknown;
  /** Says that the event is handled. Where this is lost on its way, the event is delivered again. */
  ack(): void;
  /** Gives the event back, to be delivered again after `delayMs`. */
  nak(delayMs?: number): void;
  /** Extends the time to acknowledge. */
  working(): void;
  readonly info: { readonly deliveryCount: number };
}

export interface DurableConsumer {
  name: string;
  subject: string;
  ackWaitMs: number;
  /** The most unacknowledged messages of all its readers together. */
  pendingMax: number;
  /** How many events a process takes before it has handled the first. */
  atOnce: number;
}

/** The most unacknowledged messages of a publisher. */
const windowMax = 256;
/** JetStream's error code for a stream that exists with another configuration. */
const streamDiffers = 10058;
const nanosecondsPerMs = 1_000_000;
/**
 * A pull that reaches NATS while its stream is being deleted gets no answer at all. The missing heartbeats then show that the consumer is
 * gone: after two of them the client looks for it. The client's own default, 15 s, makes that half a minute and more.
 */
const heartbeatMs = 2_000;
const pullMs = 10_000;

interface Window {
  missing: number;
  onAcked(): void;
  onFailed(error: Error): void;
}

/**
 * The stream in JetStream. Acknowledgements come to one wildcard inbox and are counted a window at a time: the client's own `publish`
 * makes a request of each message, which costs five times the CPU.
 */
export class JetStreamEvents implements EventStream, EventSource {
  isConnected = true;
  private readonly inbox: string;
  private readonly windows = new Map<string, Window>();
  private nextWindow = 0;

  constructor(
    private readonly connection: NatsConnection,
    inboxPrefix = '_INBOX',
  ) {
    this.inbox = createInbox(inboxPrefix);
    connection.subscribe(`${this.inbox}.*`, { callback: (_error, message) => this.onAck(message) });
    void this.watchConnection();
  }

  async prepare(config: EventStreamConfig): Promise<void> {
    const { streams } = await jetstreamManager(this.connection, {
      checkAPI: false,
      timeout: config.ackTimeoutMs,
    });
    const { name } = eventStream;
    const settings = {
      subjects: [...eventStream.subjects],
      storage: StorageType.File,
      max_age: config.ageMaxMs * nanosecondsPerMs,
      max_bytes: config.bytesMax,
      duplicate_window: config.duplicateWindowMs * nanosecondsPerMs,
    };
    try {
      await streams.add({ name, ...settings });
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== streamDiffers) throw error;
      await streams.update(name, settings);
    }
  }

  async consume({ name, subject, ackWaitMs, pendingMax, atOnce }: DurableConsumer): Promise<DeliveredEvents> {
    const { consumers } = await jetstreamManager(this.connection, { checkAPI: false });
    const consumer = await consumers.add(eventStream.name, {
      durable_name: name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ackWaitMs * nanosecondsPerMs,
      max_ack_pending: pendingMax,
    });
    return jetstream(this.connection).consumers.getConsumerFromInfo(consumer).consume({
      max_messages: atOnce,
      abort_on_missing_resource: true,
      expires: pullMs,
      idle_heartbeat: heartbeatMs,
    });
  }

  async publish(messages: readonly StreamMessage[], ackTimeoutMs: number): Promise<void> {
    for (let i = 0; i < messages.length; i += windowMax)
      await this.publishWindow(messages.slice(i, i + windowMax), ackTimeoutMs);
  }

  private async publishWindow(messages: readonly StreamMessage[], ackTimeoutMs: number): Promise<void> {
    const token = String(this.nextWindow++);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error('the event stream did not answer in time')), ackTimeoutMs);
        this.windows.set(token, { missing: messages.length, onAcked: resolve, onFailed: reject });
        for (const { id, subject, body } of messages) {
          const marks = headers();
          marks.set('Nats-Msg-Id', id);
          this.connection.publish(subject, body, { headers: marks, reply: `${this.inbox}.${token}` });
        }
      });
    } finally {
      clearTimeout(timer);
      this.windows.delete(token);
    }
  }

  private onAck(message: Msg): void {
    const window = this.windows.get(message.subject.slice(this.inbox.length + 1));
    if (!window) return;
    const refusal = refusalOf(message);
    if (refusal) window.onFailed(refusal);
    else if (--window.missing === 0) window.onAcked();
  }

  /** Messages in flight when the connection broke may be lost; their acknowledgements are. */
  private async watchConnection(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'reconnect') this.isConnected = true;
      if (status.type !== 'disconnect') continue;
      this.isConnected = false;
      for (const window of this.windows.values()) window.onFailed(new Error('the connection to NATS broke'));
    }
  }
}

function refusalOf(message: Msg): Error | null {
  if (message.headers?.code === 503) return new Error('there is no event stream');
  const ack = message.json<{ error?: { description?: string } }>(); // JetStream's PubAck
  return ack.error ? new Error(`the event stream refused an event: ${ack.error.description}`) : null;
}
