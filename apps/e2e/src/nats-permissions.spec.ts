import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newEvent, toolExecuted, userRemoved } from '@antiphon/contracts';
import { connectNats, createLogger, JetStreamEvents } from '@antiphon/service-kit';
import { findNatsServer } from '@antiphon/tools/local-stack/nats-binary';
import { choosePort, loopback } from '@antiphon/tools/local-stack/ports';
import { type RunningProcess, startProcess } from '@antiphon/tools/local-stack/processes';
import { fetchedProgramsFolder, repositoryRoot } from '@antiphon/tools/local-stack/repository';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const users = ['auth', 'responses', 'worker', 'llm', 'mcp', 'consumer'];
const settings = { ackTimeoutMs: 2_000, ageMaxMs: 3_600_000, bytesMax: 2 ** 24, duplicateWindowMs: 60_000 };
const logger = createLogger('test', 'silent');
const surroundings = inject('surroundings');
const folder = join(surroundings.folder, 'permissions');
let server: RunningProcess;
let port: number;
const open: { close(): Promise<unknown> }[] = [];

/** A server with the permissions of production. */
beforeAll(async () => {
  port = await choosePort();
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'nats.conf');
  const text = readFileSync(join(repositoryRoot, 'deploy/nats.conf'), 'utf8');
  writeFileSync(
    configuration,
    text
      .replace('port: 4222', `listen: "${loopback}:${port}"`)
      .replace('"/data/jetstream"', JSON.stringify(join(folder, 'store'))),
  );
  const passwords = users.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, `secret-of-${user}`]);
  server = await startProcess({
    name: 'nats-permissions',
    command: await findNatsServer({
      environment: process.env,
      cacheFolder: fetchedProgramsFolder,
      signal: AbortSignal.timeout(60_000),
    }),
    commandArguments: ['-c', configuration],
    environment: { PATH: process.env.PATH, ...Object.fromEntries(passwords) },
    workingFolder: folder,
    runFolder: join(surroundings.folder, 'run'),
    onLine: () => undefined,
  });
  await (await eventsOf('auth')).prepare(settings);
});

afterAll(async () => {
  await Promise.all(open.map((connection) => connection.close()));
  await server?.stop(2_000);
});

async function eventsOf(user: string): Promise<JetStreamEvents> {
  const url = `nats://${user}:secret-of-${user}@${loopback}:${port}`;
  const connection = await connectNats(url, user, logger);
  open.push(connection);
  return new JetStreamEvents(connection, `_INBOX_${user}`);
}

const publish = (events: JetStreamEvents, { subject, version, data }: ReturnType<typeof newEvent>) =>
  events.publish(
    [{ id: crypto.randomUUID(), subject, body: JSON.stringify({ version, occurredAt: 0, data }) }],
    1_000,
  );

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

describe('deploy/nats.conf', () => {
  it.each([
    ['mcp', 'mcp-users-removed'],
    ['worker', 'responses-users-removed'],
  ])('lets %s hear of users who are gone', async (user, name) => {
    await publish(await eventsOf('auth'), removed);
    const consumer = { name, subject: userRemoved.subject, ackWaitMs: 5_000, pendingMax: 8 };
    const messages = await (await eventsOf(user)).consume(consumer);
    for await (const message of messages) {
      expect(message.json()).toMatchObject({ data: { userId: 'user_1' } });
      expect(await message.ackAck()).toBe(true);
      break;
    }
  });

  it.each(['mcp', 'responses', 'worker'])('lets %s make the stream and tell of tools', async (user) => {
    const events = await eventsOf(user);
    await events.prepare({ ...settings, ageMaxMs: settings.ageMaxMs + 1_000 });
    await publish(events, called);
    await events.prepare(settings);
  });

  it.each(['mcp', 'responses', 'worker', 'llm', 'consumer'])(
    'does not let %s say that a user is gone',
    async (user) => {
      await expect(publish(await eventsOf(user), removed)).rejects.toThrow('did not answer in time');
    },
  );
});
