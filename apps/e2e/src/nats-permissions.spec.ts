import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  authRevoked,
  authVerifyKey,
  llmModels,
  newEvent,
  noUsage,
  toolExecuted,
  usageRecorded,
  userRemoved,
} from '@antiphon/contracts';
import { connectNats, createLogger, JetStreamEvents, NatsBus } from '@antiphon/service-kit';
import { startNats, type NatsServer } from '@antiphon/tools/nats/nats';
import { newNatsPasswords, type NatsUser } from '@antiphon/tools/nats/nats-users';
import { fetchedProgramsFolder } from '@antiphon/tools/repository';
import { AckPolicy, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { surroundings } from './system/surroundings.ts';

/** A busy machine answers late. */
const patienceMs = 20_000;
const settings = {
  ackTimeoutMs: patienceMs,
  ageMaxMs: 3_600_000,
  bytesMax: 2 ** 24,
  duplicateWindowMs: 60_000,
};
const logger = createLogger('test', 'silent');
const folder = join(surroundings().folder, 'permissions');
const refusedAfterMs = 300;
let server: NatsServer;
const open: NatsConnection[] = [];

/** A separate server with the permissions of production. */
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  server = await startNats({
    dataDir: folder,
    runFolder: join(folder, 'run'),
    cacheFolder: fetchedProgramsFolder,
    passwords: newNatsPasswords(),
  });
  await (await eventsOf('auth')).prepare(settings);
});

afterAll(async () => {
  await Promise.all(open.map((connection) => connection.close()));
  await server?.stop(2_000);
});

async function connectionOf(user: NatsUser): Promise<NatsConnection> {
  const connection = await connectNats(server.urls[user], user, logger);
  open.push(connection);
  return connection;
}

async function eventsOf(user: NatsUser): Promise<JetStreamEvents> {
  return new JetStreamEvents(await connectionOf(user), `_INBOX_${user}`);
}

async function busOf(user: NatsUser): Promise<NatsBus> {
  return new NatsBus(await connectionOf(user), logger, undefined, `_INBOX_${user}`);
}

/** JetStream as the user manages it. It does not answer what the user may not ask: pass `refusedAfterMs` to see that. */
async function managed(user: NatsUser, timeout = patienceMs) {
  return jetstreamManager(await connectionOf(user), { checkAPI: false, timeout });
}

const publish = (
  events: JetStreamEvents,
  { subject, version, data }: ReturnType<typeof newEvent>,
  timeoutMs = patienceMs,
) =>
  events.publish(
    [{ id: crypto.randomUUID(), subject, body: JSON.stringify({ version, occurredAt: 0, data }) }],
    timeoutMs,
  );

/** Whether the server takes the acknowledgement of an event, which is the client's message and can ask the server. */
const acknowledged = (event: unknown) => (event as JsMsg).ackAck();

const removed = newEvent(userRemoved, { userId: 'user_1' });
const called = newEvent(toolExecuted, {
  responseId: null,
  itemId: null,
  depth: null,
  userId: 'user_1',
  tenantId: 'user_1',
  tool: 'calculate',
  status: 'completed',
  errorCode: null,
  durationMs: 1,
});

describe('deploy/nats-users.conf', () => {
  it.each([
    ['mcp', 'mcp-users-removed'],
    ['worker', 'responses-users-removed'],
  ] as const)('lets %s receive removed users', async (user, name) => {
    await publish(await eventsOf('auth'), removed);
    const consumer = { name, subject: userRemoved.subject, ackWaitMs: 5_000, pendingMax: 8, atOnce: 1 };
    const messages = await (await eventsOf(user)).consume(consumer);
    for await (const message of messages) {
      expect(message.json()).toMatchObject({ data: { userId: 'user_1' } });
      expect(await acknowledged(message)).toBe(true);
      break;
    }
  });

  it('lets auth receive the usage that a worker publishes', async () => {
    const { subject } = usageRecorded;
    const record = {
      responseId: 'resp_1',
      userId: 'user_1',
      tenantId: 'user_1',
      model: null,
      usage: noUsage,
      toolCalls: 0,
    };
    await publish(await eventsOf('worker'), newEvent(usageRecorded, record));
    const consumer = { name: 'auth-usage-recorded', subject, ackWaitMs: 5_000, pendingMax: 8, atOnce: 1 };
    for await (const message of await (await eventsOf('auth')).consume(consumer)) {
      expect(message.json()).toMatchObject({ data: { responseId: 'resp_1' } });
      expect(await acknowledged(message)).toBe(true);
      break;
    }
  });

  it.each(['mcp', 'responses', 'worker'] as const)(
    'lets %s create the stream and publish tool events',
    async (user) => {
      const events = await eventsOf(user);
      await events.prepare({ ...settings, ageMaxMs: settings.ageMaxMs + 1_000 });
      await publish(events, called);
      await events.prepare(settings);
    },
  );

  it.each(['mcp', 'responses', 'worker', 'llm', 'consumer'] as const)(
    'does not let %s publish a removed user',
    async (user) => {
      const refused = publish(await eventsOf(user), removed, refusedAfterMs);
      await expect(refused).rejects.toThrow('did not answer in time');
    },
  );

  it.each(['mcp', 'llm'] as const)('does not let %s answer a request to auth', async (impostor) => {
    const [client, auth] = [await busOf('responses'), await connectionOf('auth')];
    const impostorsConnection = await connectionOf(impostor);
    auth.subscribe(authVerifyKey.subject, {
      // auth is silent; the impostor, which has learned the reply subject, answers in its place.
      callback: (_error, message) =>
        impostorsConnection.publish(message.reply ?? '', JSON.stringify({ caller: null })),
    });
    await auth.flush();
    const question = client.call(authVerifyKey, { key: 'sk_stolen' }, refusedAfterMs);
    await expect(question).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('does not let mcp make JetStream deliver a reply for auth', async () => {
    const [client, auth, mcp] = [
      await busOf('responses'),
      await connectionOf('auth'),
      await connectionOf('mcp'),
    ];
    const { consumers } = await managed('mcp', refusedAfterMs);
    const asked = Promise.withResolvers<string>();
    auth.subscribe(authVerifyKey.subject, { callback: (_error, { reply }) => asked.resolve(reply ?? '') });
    await auth.flush();
    const question = client.call(authVerifyKey, { key: 'sk_stolen' }, 2 * refusedAfterMs);
    const refused = expect(question).rejects.toMatchObject({ code: 'unavailable' });
    const consumer = { durable_name: 'mcp-users-removed', deliver_subject: await asked.promise };
    await expect(
      consumers.add('EVENTS', { ...consumer, filter_subject: 'events.tools.*' }),
    ).rejects.toThrow();
    mcp.publish('events.tools.forged', JSON.stringify({ caller: null }));
    await refused;
  });

  it.each(['responses', 'llm', 'mcp'] as const)('lets auth send %s revocations', async (user) => {
    const [auth, listener] = [await busOf('auth'), await busOf(user)];
    const heard = Promise.withResolvers<string[]>();
    listener.subscribe(authRevoked, ({ ids }) => heard.resolve(ids));
    await listener.ready();
    auth.publish(authRevoked, { ids: ['sess_1'] });
    expect(await heard.promise).toEqual(['sess_1']);
  });

  it.each(['responses', 'llm', 'mcp', 'worker', 'consumer'] as const)(
    'does not let %s publish a revocation',
    async (impostor) => {
      const [auth, listener, connection] = [
        await busOf('auth'),
        await busOf('responses'),
        await connectionOf(impostor),
      ];
      const heard: string[] = [];
      const last = Promise.withResolvers<void>();
      listener.subscribe(authRevoked, ({ ids }) => {
        heard.push(...ids);
        if (ids.includes('last')) last.resolve();
      });
      await listener.ready();
      connection.publish(authRevoked.subject, JSON.stringify({ ids: ['sess_1'] }));
      await connection.flush();
      auth.publish(authRevoked, { ids: ['last'] });
      await last.promise;
      expect(heard).toEqual(['last']);
    },
  );

  it('lets llm answer requests to llm', async () => {
    const [client, llm] = [await busOf('responses'), await busOf('llm')];
    llm.handle(llmModels, async () => ({ models: [] }));
    await llm.ready();
    await expect(client.call(llmModels, {}, patienceMs)).resolves.toMatchObject({ models: [] });
  });

  describe('lets a program that reads events', () => {
    const own = { durable_name: 'billing', filter_subject: 'events.>' };

    it('create a durable consumer and read the stream', async () => {
      const { consumers, streams } = await managed('consumer');
      await expect(consumers.add('EVENTS', own)).resolves.toMatchObject({ name: 'billing' });
      await expect(streams.info('EVENTS')).resolves.toMatchObject({ config: { name: 'EVENTS' } });
    });

    it.each([
      ['worker', 'responses-users-removed'],
      ['mcp', 'mcp-users-removed'],
    ] as const)('neither change nor purge nor delete the consumer of %s', async (owner, name) => {
      await (
        await managed(owner)
      ).consumers.add('EVENTS', {
        durable_name: name,
        filter_subject: userRemoved.subject,
        ack_policy: AckPolicy.Explicit,
        ack_wait: 5e9,
        max_ack_pending: 8,
      });
      await publish(await eventsOf('auth'), removed);

      const connection = await connectionOf('consumer');
      const { consumers } = await managed('consumer', refusedAfterMs);
      await expect(consumers.add('EVENTS', { ...own, durable_name: name })).rejects.toThrow();
      await expect(consumers.delete('EVENTS', name)).rejects.toThrow();
      const options = { timeout: refusedAfterMs };
      const next = connection.request(`$JS.API.CONSUMER.MSG.NEXT.EVENTS.${name}`, '1', options);
      await expect(next).rejects.toThrow();
      const { config, num_ack_pending } = await (await managed('consumer')).consumers.info('EVENTS', name);
      expect(config.filter_subject).toBe(userRemoved.subject);
      expect(num_ack_pending).toBe(0);
    });

    it('neither change nor purge nor delete the stream', async () => {
      const { streams } = await managed('consumer', refusedAfterMs);
      await expect(streams.update('EVENTS', { max_age: 1e9 })).rejects.toThrow();
      await expect(streams.purge('EVENTS')).rejects.toThrow();
      await expect(streams.delete('EVENTS')).rejects.toThrow();
    });
  });
});
