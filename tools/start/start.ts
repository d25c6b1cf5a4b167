/** `npm start`: runs the whole system on this machine. Each step of `start` prints its name and its duration. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseStackArguments, type StackArguments } from './arguments.ts';
import { buildInChildIfChanged } from '../build/build.ts';
import { dataFolder, openDataFolder, type DataFolder } from './data-folder/data-folder.ts';
import { greeting } from './greeting.ts';
import { LocalStack } from './local-stack.ts';
import { renderLogLine, warnLevel } from '../log/log-line.ts';
import { modelInUse } from './model-in-use.ts';
import { namedServer } from './named-server.ts';
import type { NatsServer } from '../nats/nats.ts';
import { sameNatsUrl, type NatsUrls } from '../nats/nats-users.ts';
import { endLeftovers } from '../processes/pid-files.ts';
import { isPortFree, loopback, nextFreePort } from '../processes/ports.ts';
import type { PostgresServer } from '../postgres/postgres.ts';
import { killAllProcesses } from '../processes/processes.ts';
import { repositoryRoot } from '../repository.ts';
import { claimStack, noteAddress, releaseStack } from './data-folder/running-stack.ts';
import {
  chooseServicePorts,
  gatewayPort,
  type ProcessName,
  serviceEnvironment,
  serviceNames,
} from './services.ts';
import { readSettings, writeSettings, type Settings } from './data-folder/settings.ts';
import { StackLog } from '../log/stack-log.ts';
import { exitCodeOf, onStopRequest } from '../processes/stop-requests.ts';
import { Terminal } from '../log/terminal.ts';
import { UserError } from '../user-error.ts';

const terminal = new Terminal();
const stopping = new AbortController();
let stoppedBy: NodeJS.Signals | undefined;

process.on('exit', killAllProcesses);
onStopRequest({
  stop: (signal) => {
    stoppedBy = signal;
    stopping.abort();
  },
  force: killAllProcesses,
});
process.exitCode = await main();
process.exit();

async function main(): Promise<number> {
  try {
    const stackArguments = parseStackArguments('start', process.argv.slice(2));
    const envFile = join(repositoryRoot, '.env');
    if (existsSync(envFile)) process.loadEnvFile(envFile);
    const folder = dataFolder(stackArguments.data);
    openDataFolder(folder);
    const other = claimStack(folder.stackFile);
    if (other) {
      throw new UserError(
        `Antiphon is already running${other.address ? ` at ${other.address}` : ' (still starting)'}, process ${other.pid}, ` +
          `with the data in ${folder.root}.\nTo stop it: npm stop. To run a second one: npm start -- --data DIR`,
      );
    }
    try {
      return await run(stackArguments, folder);
    } finally {
      releaseStack(folder.stackFile);
    }
  } catch (error) {
    if (stoppedBy) return exitCodeOf(stoppedBy);
    terminal.print(
      error instanceof UserError ? error.message : String(error instanceof Error ? error.stack : error),
    );
    return 1;
  }
}

/** Starts the stack, runs it until the user stops it, and stops it, also after a failed start. */
async function run(stackArguments: StackArguments, folder: DataFolder): Promise<number> {
  const log = new StackLog(folder.log, terminal);
  const report = (msg: string) => {
    const line = JSON.stringify({ level: warnLevel, time: Date.now(), msg });
    terminal.print(renderLogLine('start', line, { coloured: terminal.coloured }).text);
  };
  const stack = new LocalStack({ folder, log, report, signal: stopping.signal });
  let isReady = false;
  try {
    await start(stack, stackArguments, folder);
    isReady = true;
    log.showEverything();
    await aborted(stopping.signal);
  } finally {
    const startedAt = performance.now();
    if (stoppedBy) terminal.print('Stopping… (Ctrl-C again to kill everything)');
    await stack.stop();
    log.close();
    if (stoppedBy) terminal.print(`Stopped (${((performance.now() - startedAt) / 1000).toFixed(1)} s).`);
  }
  return isReady || stoppedBy === undefined ? 0 : exitCodeOf(stoppedBy);
}

async function start(
  stack: LocalStack,
  { port, compact }: StackArguments,
  folder: DataFolder,
): Promise<void> {
  const startedAt = performance.now();
  const settings = readSettings(folder.settingsFile);
  const leftovers = await endLeftovers(folder.run);
  if (leftovers.length > 0) terminal.print(`Ended the leftovers of an earlier run: ${leftovers.join(', ')}`);
  const publicPort = await choosePublicPort(port);

  const build = await terminal.step(
    'building',
    () => buildInChildIfChanged(stopping.signal),
    ({ changed }) => (changed ? 'built' : 'build is up to date'),
  );
  const database = await findDatabase(stack, settings);
  const bus = compact ? undefined : await findBus(stack, settings);
  writeSettings(folder.settingsFile, {
    ...settings,
    postgresPort: database.port ?? settings.postgresPort,
    natsPort: bus?.port ?? settings.natsPort,
  });

  const ports = await chooseServicePorts();
  const { encryptionKey } = settings;
  const wiring = { databaseUrl: database.url, natsUrls: bus?.urls, encryptionKey, ports };
  const environmentOf = (name: ProcessName) => serviceEnvironment(name, process.env, wiring);
  await terminal.step(
    'migrating the database',
    () =>
      stack.migrate(
        environmentOf,
        database.folder ? { folder: database.folder, stamp: build.stamp } : undefined,
      ),
    () => 'database is up to date',
  );
  const address = await terminal.step(
    'starting the services and the gateway',
    async () => {
      const [address] = await Promise.all([
        stack.startGateway(environmentOf, publicPort),
        compact ? stack.startCompact(environmentOf, ports) : stack.startServices(environmentOf, ports),
      ]);
      return address;
    },
    (address) => `gateway on ${address}, ${serviceNames.map((name) => `${name} :${ports[name]}`).join('  ')}`,
  );
  noteAddress(folder.stackFile, address);

  terminal.print(
    greeting({
      address,
      model: await modelInUse(address, process.env.DEFAULT_MODEL),
      isOpen: environmentOf('responses').AUTH_ANONYMOUS === 'true',
      eventsUrl: bus?.port === undefined ? undefined : bus.urls.consumer,
      dataFolder: folder.root,
      logFolder: folder.log,
      databaseFolder: database.moved ? database.folder : undefined,
      seconds: (performance.now() - startedAt) / 1000,
    }),
  );
}

async function findDatabase(
  stack: LocalStack,
  { postgresPort }: Settings,
): Promise<{ url: string } & Partial<PostgresServer>> {
  const named = process.env.DATABASE_URL;
  if (named)
    return terminal.step(
      'looking for the database',
      () => namedServer('DATABASE_URL', named),
      () => 'the database of DATABASE_URL',
    );
  return terminal.step(
    'starting PostgreSQL',
    () => stack.startPostgres(postgresPort),
    ({ port }) => `PostgreSQL on ${loopback}:${port}`,
  );
}

async function findBus(
  stack: LocalStack,
  { natsPasswords, natsPort }: Settings,
): Promise<{ urls: NatsUrls } & Partial<NatsServer>> {
  const named = process.env.NATS_URL;
  if (named)
    return terminal.step(
      'looking for NATS',
      async () => ({ urls: sameNatsUrl((await namedServer('NATS_URL', named)).url) }),
      () => 'the NATS server of NATS_URL',
    );
  return terminal.step(
    'starting nats-server (it may have to be downloaded first)',
    () => stack.startNats(natsPasswords, natsPort),
    ({ port }) => `nats-server on ${loopback}:${port}`,
  );
}

/** Returns the requested port, which must be free; without a request the default port or the next free one. */
async function choosePublicPort(wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if (await isPortFree(wanted)) return wanted;
    throw new UserError(`Port ${wanted} is taken. Choose another one: npm start -- --port PORT`);
  }
  const port = await nextFreePort(gatewayPort);
  if (port !== gatewayPort) terminal.print(`Port ${gatewayPort} is taken, so the gateway takes ${port}.`);
  return port;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
