import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { connectNats, createLogger } from '@antiphon/service-kit';
import type { NatsConnection } from '@nats-io/transport-node';

/** An event of the stream, as a consumer receives it. */
export interface HeardEvent {
  id: string;
  subject: string;
  occurredAt: number;
  data: Record<string, unknown>;
}

/** A take-over on a busy machine takes long. */
const heardTimeoutMs = 45_000;

/** A durable consumer of the stream EVENTS. */
export class EventReader {
  readonly heard: HeardEvent[] = [];

  private constructor(
    private readonly connection: NatsConnection,
    private readonly consumer: Consumer,
  ) {}

  /** `from`: the first event that it receives. */
  static async open(natsUrl: string, from: 'now' | 'the beginning' = 'now'): Promise<EventReader> {
    const connection = await connectNats(natsUrl, 'consumer', createLogger('test', 'silent'));
    const manager = await jetstreamManager(connection, { checkAPI: false });
    await untilThere(manager);
    const { name } = await manager.consumers.add('EVENTS', {
      durable_name: randomUUID(),
      filter_subject: 'events.>',
      deliver_policy: from === 'now' ? DeliverPolicy.New : DeliverPolicy.All,
      ack_policy: AckPolicy.Explicit,
    });
    return new EventReader(connection, await jetstream(connection).consumers.get('EVENTS', name));
  }

  /** Reads until a matching event of this subject arrives. Throws after a timeout. */
  async until(subject: string, fits: (data: Record<string, unknown>) => boolean): Promise<HeardEvent> {
    const timeout = AbortSignal.timeout(heardTimeoutMs);
    for (;;) {
      const event = this.heard.find((entry) => entry.subject === subject && fits(entry.data));
      if (event) return event;
      if (timeout.aborted) throw new Error(`no ${subject} came`);
      await this.readMore();
    }
  }

  /** The received events of one response. */
  of(responseId: string): HeardEvent[] {
    return this.heard.filter(({ data }) => data['responseId'] === responseId);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async readMore(): Promise<void> {
    for await (const message of await this.consumer.fetch({ max_messages: 50, expires: 1_000 })) {
      const { occurredAt, data } = message.json<Pick<HeardEvent, 'occurredAt' | 'data'>>();
      const id = message.headers?.get('Nats-Msg-Id') ?? '';
      this.heard.push({ id, subject: message.subject, occurredAt, data });
      message.ack();
    }
  }
}

/** The services create the stream after their start, and do not wait for it. */
async function untilThere(manager: JetStreamManager): Promise<void> {
  const timeout = AbortSignal.timeout(10_000);
  for (;;) {
    const isThere = await manager.streams.info('EVENTS').then(
      () => true,
      () => false,
    );
    if (isThere) return;
    if (timeout.aborted) throw new Error('no service has created the stream EVENTS');
    await delay(50);
  }
}
