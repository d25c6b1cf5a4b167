import { AppError } from '@antiphon/contracts';
import type { Msg, NatsConnection, PublishOptions } from '@nats-io/transport-node';
import { headerBytesMax } from './nats-messages.ts';

interface OutgoingMessage {
  subject: string;
  data: Uint8Array;
  options: PublishOptions | undefined;
}

/** NATS' own default, which holds until a server has greeted. */
const defaultMessageBytesMax = 1024 * 1024;

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

  /** The most bytes of one message, headers included, as the server says. */
  get messageBytesMax(): number {
    return this.connection.info?.max_payload ?? defaultMessageBytesMax;
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
  publish(subject: string, payload: string | Uint8Array, options?: PublishOptions): void {
    const data = typeof payload === 'string' ? this.encoder.encode(payload) : payload;
    if (data.length > this.messageBytesMax - headerBytesMax)
      throw new AppError('payload_too_large', tooLarge(this.messageBytesMax));
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

/** Replies of any size travel in parts, so what does not fit is a request. */
function tooLarge(bytesMax: number): string {
  return `The request and its context have more than ${bytesMax} bytes together: begin a new conversation with less, or compact this one.`;
}
