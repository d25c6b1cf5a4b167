import { AppError } from '@antiphon/contracts';
import type { Msg, NatsConnection, PublishOptions } from '@nats-io/transport-node';

/** Room for the headers of a message, within the size that NATS allows for both. */
const headerBytesMax = 4 * 1024;

interface OutgoingMessage {
  subject: string;
  data: Uint8Array;
  options: PublishOptions | undefined;
}

/** The connection that both halves of `NatsBus` share, with the inboxes below it. */
export class NatsLink {
  isConnected = true;
  /** The ids of the inbox's parts, which distinguish this process from others of the service. */
  private readonly inboxIds = new Map<string, string>();
  private nextToken = 0;
  private readonly encoder = new TextEncoder();
  private outgoing: OutgoingMessage[] = [];

  constructor(
    readonly connection: NatsConnection,
    /** Bears the service's name, so that the permissions of NATS can say which service subscribes there. */
    private readonly inboxPrefix: string,
  ) {}

  get isClosing(): boolean {
    return this.connection.isDraining() || this.connection.isClosed();
  }

  /** A new subject in one part of the inbox. All messages of a part come to the callback that opened it. */
  newInbox(part: string, onMessage: (message: Msg) => void): string {
    const id = this.inboxIds.get(part) ?? this.openPart(part, onMessage);
    return `${this.inboxPrefix}.${part}.${id}.${this.nextToken++}`;
  }

  /**
   * Sends a message at the end of this turn of the event loop, in one write with the others of the turn: a write to a socket costs more than a
   * message. Sends nothing while the connection closes: its end fails every open request. Throws `payload_too_large`.
   */
  publish(subject: string, text: string, options?: PublishOptions): void {
    const data = this.encoder.encode(text);
    const bytesMax = (this.connection.info?.max_payload ?? Infinity) - headerBytesMax;
    if (data.length > bytesMax)
      throw new AppError('payload_too_large', 'The request and its context are too large.');
    if (this.outgoing.length === 0) setImmediate(() => this.flush());
    this.outgoing.push({ subject, data, options });
  }

  /** Hands the waiting messages to the connection. */
  flush(): void {
    const { outgoing } = this;
    this.outgoing = [];
    if (this.isClosing) return;
    for (const { subject, data, options } of outgoing) this.connection.publish(subject, data, options);
  }

  async watch(onLost: () => void): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'reconnect') this.isConnected = true;
      if (status.type !== 'disconnect') continue;
      this.isConnected = false;
      onLost();
    }
  }

  /** Ids must not be predictable from each other: by a consumer of a stream, a service can make NATS deliver to any subject that it knows. */
  private openPart(part: string, onMessage: (message: Msg) => void): string {
    const id = crypto.randomUUID();
    this.inboxIds.set(part, id);
    this.connection.subscribe(`${this.inboxPrefix}.${part}.${id}.*`, {
      callback: (_error, message) => onMessage(message),
    });
    return id;
  }
}
