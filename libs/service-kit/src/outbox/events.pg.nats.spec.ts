import { randomUUID } from 'node:crypto';
import { EventMessage, defineEvent, eventStream } from '@antiphon/contracts';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { EntityManager } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DatabaseSchema } from '../database/database.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { Gate } from '../testing/gate.ts';
import { type EventHandler, EventListener } from './event-listener.ts';
import { type EventStream, JetStreamEvents } from './event-stream.ts';
import type { OutboxConfig } from './outbox-config.ts';
import { MemoryEvents } from './memory-events.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { createOutbox, writeEvents } from './outbox-table.ts';

class CreateOutbox1764000000000 {
  async up(queryRunner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await queryRunner.query(createOutbox('events_test'));
  }
  async down(): Promise<void> {}
}
const schema: DatabaseSchema = {
  schema: 'events_test',
  entities: [],
  migrations: [CreateOutbox1764000000000],
};

const config: OutboxConfig = {
  pollMs: 100,
  pauseMs: 1,
  rowsMax: 7,
  backoffMaxMs: 50,
  stream: { ackTimeoutMs: 2_000, ageMaxMs: 3_600_000, bytesMax: 2 ** 26, duplicateWindowMs: 60_000 },
};
const logger = createLogger('test', 'silent');

let database: TestDatabase;
let reader: NatsConnection;
const open: { close(): Promise<unknown> }[] = [];
beforeAll(async () => {
  database = await createTestDatabase(schema);
  reader = await connect({ servers: process.env.TEST_NATS_URL ?? '' });
});
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
  await database.dataSource.query('truncate events_test.outbox');
});
afterAll(async () => {
  await reader.close();
  await database.drop();
});

async function streamAt(url = process.env.TEST_NATS_URL ?? ''): Promise<JetStreamEvents> {
  const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
  open.push({ close: () => connection.close() });
  return new JetStreamEvents(connection);
}

function startRelay(stream: EventStream): OutboxRelay {
  const relay = new OutboxRelay(database.dataSource, 'events_test', stream, config, logger);
  open.push({ close: () => relay.stop() });
  relay.start();
  return relay;
}

/** A subject that no other test uses. */
const newSubject = () => `events.test.${randomUUID()}` as const;

const write = (
  subject: string,
  values: readonly number[],
  manager: EntityManager = database.dataSource.manager,
) =>
  writeEvents(
    manager,
    'events_test',
    values.map((data) => ({ subject, version: 1, data })),
  );

const range = (length: number) => Array.from({ length }, (_, i) => i);
const waiting = async () => {
  const [row] = await database.dataSource.query<{ count: string }[]>(
    'select count(*) from events_test.outbox',
  );
  return Number(row?.count);
};

/** The events that the stream keeps under a subject once the outbox is empty. */
async function kept(subject: string): Promise<unknown[]> {
  await expect.poll(waiting).toBe(0);
  const manager = await jetstreamManager(reader, { checkAPI: false });
  const { state } = await manager.streams.info(eventStream.name, { subjects_filter: subject });
  const count = state.subjects?.[subject] ?? 0;
  if (count === 0) return [];
  const { name } = await manager.consumers.add(eventStream.name, {
    durable_name: randomUUID(),
    filter_subject: subject,
    ack_policy: AckPolicy.None,
  });
  const consumer = await jetstream(reader).consumers.get(eventStream.name, name);
  const values: unknown[] = [];
  for await (const message of await consumer.fetch({ max_messages: count, expires: 5_000 }))
    values.push(EventMessage.parse(message.json()).data);
  return values;
}

describe('an outbox', () => {
  it('publishes only committed events, in their order', async () => {
    const subject = newSubject();
    const relay = startRelay(await streamAt());
    const undone = database.dataSource.transaction(async (manager) => {
      await write(subject, [13], manager);
      throw new Error('rolled back');
    });
    await expect(undone).rejects.toThrow('rolled back');
    for (const value of range(40)) await write(subject, [value, value + 0.5]);
    relay.hint();
    expect(await kept(subject)).toEqual(range(40).flatMap((value) => [value, value + 0.5]));
  });

  it('keeps an event without a stream until its consumer in the process handled it, over a restart', async () => {
    const numbers = defineEvent({ subject: newSubject(), version: 1, data: z.number() });
    await write(numbers.subject, [1]);
    const runProcess = async (handler: EventHandler<number>) => {
      const events = new MemoryEvents();
      const relay = startRelay(events);
      const options = { consumer: 'numbers', ackWaitMs: 30_000, backoffMaxMs: 50 };
      const listener = new EventListener(events, numbers, handler, options, logger);
      listener.start();
      events.open();
      relay.hint();
      return async () => {
        events.close();
        await Promise.all([listener.stop(), relay.stop()]);
      };
    };
    const tried = Promise.withResolvers<void>();
    const stop = await runProcess(async () => {
      tried.resolve();
      throw new Error('broken');
    });
    await tried.promise;
    await stop();
    expect(await waiting()).toBe(1);
    const handled = Promise.withResolvers<number>();
    await runProcess(async (value) => handled.resolve(value));
    expect(await handled.promise).toBe(1);
    await expect.poll(waiting).toBe(0);
  });

  it('publishes an event that is committed after a younger one was published', async () => {
    const subject = newSubject();
    startRelay(await streamAt());
    await database.dataSource.transaction(async (manager) => {
      await write(subject, [1], manager);
      await write(subject, [2]);
      expect(await kept(subject)).toEqual([2]);
    });
    await expect.poll(() => kept(subject)).toEqual([2, 1]);
  });

  it('is published once although its relay dies after publishing', async () => {
    const subject = newSubject();
    const stream = await streamAt();
    await write(subject, range(5));
    const published = Promise.withResolvers<void>();
    const dying: EventStream = {
      isConnected: true,
      prepare: (settings) => stream.prepare(settings),
      publish: async (messages, timeoutMs) => {
        await stream.publish(messages, timeoutMs);
        published.resolve();
        throw new Error('killed');
      },
    };
    const relay = startRelay(dying);
    await published.promise;
    await relay.stop();
    expect(await waiting()).toBe(1);
    startRelay(stream);
    expect(await kept(subject)).toEqual(range(5));
  });

  it('continues when the database session of its relay is cut, together with its lock', async () => {
    const subject = newSubject();
    const stream = await streamAt();
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let isFirst = true;
    const holding: EventStream = {
      isConnected: true,
      prepare: (settings) => stream.prepare(settings),
      publish: async (messages, timeoutMs) => {
        await stream.publish(messages, timeoutMs);
        if (!isFirst) return;
        isFirst = false;
        reached.resolve();
        await goOn.promise;
      },
    };
    await write(subject, range(3));
    startRelay(holding);
    await reached.promise;
    await database.dataSource.query(
      `select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    goOn.resolve();
    expect(await kept(subject)).toEqual(range(3));
  });

  it('is published once and in order by two relays at once', async () => {
    const subjects = range(4).map(newSubject);
    const relays = [startRelay(await streamAt()), startRelay(await streamAt())];
    await Promise.all(
      subjects.map(async (subject, i) => {
        for (const value of range(30)) {
          await write(subject, [value]);
          relays[(value + i) % 2]?.hint();
        }
      }),
    );
    for (const subject of subjects) expect(await kept(subject)).toEqual(range(30));
  });

  it('keeps all events while NATS is away', async () => {
    const subject = newSubject();
    const gate = await Gate.open(process.env.TEST_NATS_URL ?? '');
    open.push({ close: () => gate.shut() });
    const relay = startRelay(await streamAt(gate.url));
    await write(subject, [0]);
    relay.hint();
    expect(await kept(subject)).toEqual([0]);
    await gate.shut();
    for (const value of range(20).slice(1)) {
      await write(subject, [value]);
      relay.hint();
    }
    expect(await waiting()).toBe(19);
    await gate.reopen();
    expect(await kept(subject)).toEqual(range(20));
  });

  it('makes a lost stream anew, and configures one that differs', async () => {
    const manager = await jetstreamManager(reader, { checkAPI: false });
    const stream = await streamAt();
    await stream.prepare({ ...config.stream, ageMaxMs: 7_200_000 });
    const relay = startRelay(stream);
    const inMs = async () => (await manager.streams.info(eventStream.name)).config.max_age / 1_000_000;
    await expect.poll(inMs).toBe(config.stream.ageMaxMs);
    await manager.streams.delete(eventStream.name);
    const subject = newSubject();
    await write(subject, [1]);
    relay.hint();
    expect(await kept(subject)).toEqual([1]);
  });
});

/** An event contract of numbers for one test, in a stream that exists. */
async function newNumbers() {
  const stream = await streamAt();
  await stream.prepare(config.stream);
  const noted = defineEvent({ subject: `events.test.${randomUUID()}`, version: 1, data: z.number() });
  const consumer = `test-${randomUUID()}`;
  const publish = (values: readonly unknown[], version = 1) =>
    stream.publish(
      values.map((data) => ({
        id: randomUUID(),
        subject: noted.subject,
        body: JSON.stringify({ version, occurredAt: 0, data }),
      })),
      2_000,
    );
  const listenAt = (source: JetStreamEvents, handle: EventHandler<number>, ackWaitMs = 5_000) => {
    const options = { consumer, ackWaitMs, backoffMaxMs: 300 };
    const listener = new EventListener(source, noted, handle, options, logger);
    open.push({ close: () => listener.stop() });
    listener.start();
    return listener;
  };
  return { stream, publish, listenAt };
}

describe('an event listener', () => {
  it('receives in order the events of before its start, of its absence and of later', async () => {
    const { stream, publish, listenAt } = await newNumbers();
    const received: number[] = [];
    const handle = async (value: number) => void received.push(value);
    await publish([1, 2]);
    const listener = listenAt(stream, handle);
    await expect.poll(() => received).toEqual([1, 2]);
    await listener.stop();
    await publish([3]);
    listenAt(stream, handle);
    await expect.poll(() => received).toEqual([1, 2, 3]);
    await publish([4]);
    await expect.poll(() => received).toEqual([1, 2, 3, 4]);
  });

  it('shares its events with the other processes of its service', async () => {
    const { stream, publish, listenAt } = await newNumbers();
    const received: number[] = [];
    for (const source of [stream, await streamAt()])
      listenAt(source, async (value) => void received.push(value));
    await publish(range(50));
    await expect.poll(() => received.toSorted((a, b) => a - b)).toEqual(range(50));
  });

  it('receives an event again where it could not handle it or does not know its version', async () => {
    const { stream, publish, listenAt } = await newNumbers();
    const tried: number[] = [];
    listenAt(stream, async (value) => {
      tried.push(value);
      if (value === 1 && tried.filter((one) => one === 1).length < 3) throw new Error('the database is away');
    });
    await publish([1]);
    await publish(['no number']);
    await publish([7], 2);
    await publish([2]);
    await expect.poll(() => tried.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2]);
  });

  it('leaves its event to another process when it dies, but not while it handles the event', async () => {
    const { publish, listenAt } = await newNumbers();
    const connection = await connect({ servers: process.env.TEST_NATS_URL ?? '' });
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const handled: string[] = [];
    listenAt(
      new JetStreamEvents(connection),
      async () => {
        begun.resolve();
        await goOn.promise;
      },
      1_500,
    );
    await publish([1]);
    await begun.promise;
    listenAt(await streamAt(), async (value) => void handled.push(`other ${value}`), 1_500);
    await publish([2]);
    await expect.poll(() => handled).toEqual(['other 2']);
    await publish([3]);
    await expect.poll(() => handled).toEqual(['other 2', 'other 3']);
    await connection.close();
    await expect.poll(() => handled).toEqual(['other 2', 'other 3', 'other 1']);
    goOn.resolve();
  });

  it('continues after an outage of NATS and after the loss of the stream', async () => {
    const { stream, publish, listenAt } = await newNumbers();
    const gate = await Gate.open(process.env.TEST_NATS_URL ?? '');
    open.push({ close: () => gate.shut() });
    const received: number[] = [];
    const [first, second, third] = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ];
    listenAt(await streamAt(gate.url), async (value) => {
      received.push(value);
      [first, second, third][value - 1]?.resolve();
    });
    await publish([1]);
    await first.promise;
    await gate.shut();
    await publish([2]);
    await gate.reopen();
    await second.promise;
    const manager = await jetstreamManager(reader, { checkAPI: false });
    await manager.streams.delete(eventStream.name);
    await stream.prepare(config.stream);
    await publish([3]);
    await third.promise;
    expect([...new Set(received)]).toEqual([1, 2, 3]); // one whose acknowledgement was cut off comes twice
  });
});
