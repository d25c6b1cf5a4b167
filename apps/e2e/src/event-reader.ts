import { randomUUID } from 'node:crypto';
import { AckPolicy, type Consumer, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'vitest';

/** An event as a consumer of the stream sees it. */
export interface HeardEvent {
  id: string;
  subject: string;
  occurredAt: number;
  data: Record<string, unknown>;
}

/** A durable consumer of its own, which hears what happens from now on. */
export class EventReader {
  readonly heard: HeardEvent[] = [];

  private constructor(
    private readonly connection: NatsConnection,
    private readonly consumer: Consumer,
  ) {}

  static async open(natsUrl: string): Promise<EventReader> {
    const connection = await connect({ servers: natsUrl });
    const manager = await jetstreamManager(connection, { checkAPI: false });
    // The services make the stream once they have started; nobody waits for that.
    await expect.poll(() => manager.streams.info('EVENTS').catch(() => null)).not.toBeNull();
    const { name } = await manager.consumers.add('EVENTS', {
      durable_name: randomUUID(),
      filter_subject: 'events.>',
      deliver_policy: DeliverPolicy.New,
      ack_policy: AckPolicy.Explicit,
    });
    return new EventReader(connection, await jetstream(connection).consumers.get('EVENTS', name));
  }

  /** Reads until an event of this kind has come that fits. Fails where none does in time. */
  async until(subject: string, fits: (data: Record<string, unknown>) => boolean): Promise<HeardEvent> {
    const timeout = AbortSignal.timeout(20_000);
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
