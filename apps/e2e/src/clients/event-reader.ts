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

/** An event as a consumer of the stream sees it. */
export interface HeardEvent {
  id: string;
  subject: string;
  occurredAt: number;
  data: Record<string, unknown>;
}

/** A run that was taken over on a busy machine takes its time. */
const heardTimeoutMs = 45_000;

/** A durable consumer of its own. */
export class EventReader {
  readonly heard: HeardEvent[] = [];

  private constructor(
    private readonly connection: NatsConnection,
    private readonly consumer: Consumer,
  ) {}

  /** `from`: what it hears of first. */
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

  /** Reads until an event of this kind has come that fits. Fails where none does in time. */
  async until(subject: string, fits: (data: Record<string, unknown>) => boolean): Promise<HeardEvent> {
    const timeout = AbortSignal.timeout(heardTimeoutMs);
    for (;;) {
      const event = this.heard.find((entry) => entry.subject === subject && fits(entry.data));
      if (event) return event;
      if (timeout.aborted) throw new Error(`no ${subject} came`);
      await this.readMore();
    }
  }

  /** What was heard of one response. */
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

/** The services make the stream once they have started; nobody waits for that. */
async function untilThere(manager: JetStreamManager): Promise<void> {
  const timeout = AbortSignal.timeout(10_000);
  for (;;) {
    const isThere = await manager.streams.info('EVENTS').then(
      () => true,
      () => false,
    );
    if (isThere) return;
    if (timeout.aborted) throw new Error('nobody has made the stream EVENTS');
    await delay(50);
  }
}
