import type { Msg, NatsConnection } from '@nats-io/transport-node';

/** NATS' own default, which holds until a server has greeted. */
const defaultMessageBytesMax = 1024 * 1024;

/** The connection that both halves of `NatsBus` share, with the inboxes below it. */
export class NatsLink {
  isConnected = true;
  /** The ids of the inbox's parts, which distinguish this process from others of the service. */
  private readonly inboxIds = new Map<string, string>();
  private nextToken = 0;

  constructor(
    readonly connection: NatsConnection,
    /** Bears the service's name, so that the permissions of NATS can say which service subscribes there. */
    private readonly inboxPrefix: string,
  ) {}

  /** The most bytes of one message, headers included, as the server says. */
  get messageBytesMax(): number {
    return this.connection.info?.max_payload ?? defaultMessageBytesMax;
  }

  /** A new subject in one part of the inbox. All messages of a part come to the callback that opened it. */
  newInbox(part: string, onMessage: (message: Msg) => void): string {
    const id = this.inboxIds.get(part) ?? this.openPart(part, onMessage);
    return `${this.inboxPrefix}.${part}.${id}.${this.nextToken++}`;
  }

  /** Sends nothing while the connection closes: its end fails every open request. */
  publish(...message: Parameters<NatsConnection['publish']>): void {
    if (!this.connection.isDraining() && !this.connection.isClosed()) this.connection.publish(...message);
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
