/** `npm start`: the whole system on this machine. Each step of `start` says what it does and how long it takes. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseStackArguments, type StackArguments } from './local-stack/arguments.ts';
import { buildIfChanged } from './local-stack/build.ts';
import { dataFolder, openDataFolder, type DataFolder } from './local-stack/data-folder.ts';
import { LocalStack } from './local-stack/local-stack.ts';
import { renderLogLine, warnLevel } from './local-stack/log-line.ts';
import { modelInUse } from './local-stack/model-in-use.ts';
import { endLeftovers } from './local-stack/pid-files.ts';
import { isPortFree, loopback, nextFreePort } from './local-stack/ports.ts';
import { killAllProcesses } from './local-stack/processes.ts';
import { repositoryRoot } from './local-stack/repository.ts';
import { claimStack, noteAddress, releaseStack } from './local-stack/running-stack.ts';
import { chooseServicePorts, gatewayPort, serviceEnvironment, servicePorts } from './local-stack/services.ts';
import { readSettings, writeSettings } from './local-stack/settings.ts';
import { StackLog } from './local-stack/stack-log.ts';
import { exitCodeOf, onStopRequest } from './local-stack/stop-requests.ts';
import { Terminal } from './local-stack/terminal.ts';
import { UserError } from './local-stack/user-error.ts';

const connectTimeoutMs = 5000;

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

/** Starts the stack, lets it run until it is asked to stop, and stops it, however far it has got. */
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
    if (stoppedBy) terminal.print('Stopping… (once more to stop at once)');
    await stack.stop();
    log.close();
    if (stoppedBy) terminal.print(`Stopped (${((performance.now() - startedAt) / 1000).toFixed(1)} s).`);
  }
  return isReady || stoppedBy === undefined ? 0 : exitCodeOf(stoppedBy);
}

async function start(
  stack: LocalStack,
  { port: wantedPort }: StackArguments,
  folder: DataFolder,
): Promise<void> {
  const startedAt = performance.now();
  const { DATABASE_URL, NATS_URL, DEFAULT_MODEL } = process.env;
  const settings = readSettings(folder.settingsFile);

  const leftovers = await endLeftovers(folder.run);
  if (leftovers.length > 0)
    terminal.print(`Ended what an earlier run has left behind: ${leftovers.join(', ')}`);
  const publicPort = await choosePublicPort(wantedPort);

  await terminal.step(
    'building',
    () => buildIfChanged(stopping.signal),
    (changed) => (changed ? 'built' : 'build is up to date'),
  );

  const postgres = DATABASE_URL
    ? await terminal.step('looking for the database of DATABASE_URL', () =>
        checkReachable('DATABASE_URL', DATABASE_URL, 5432),
        () => 'the database of DATABASE_URL answers',
      )
    : await terminal.step(
        'starting PostgreSQL',
        () => stack.startPostgres(settings.postgresPort),
        (server) => `PostgreSQL on ${loopback}:${server.port}`,
      );
  const nats = NATS_URL
    ? await terminal.step('looking for the NATS server of NATS_URL', () =>
        checkReachable('NATS_URL', NATS_URL, 4222),
        () => 'the NATS server of NATS_URL answers',
      )
    : await terminal.step(
        'starting nats-server (the first time it may have to be fetched)',
        () => stack.startNats(settings.natsPort),
        (server) => `nats-server on ${loopback}:${server.port}`,
      );
  writeSettings(folder.settingsFile, {
    ...settings,
    ...('port' in postgres && { postgresPort: postgres.port }),
    ...('port' in nats && { natsPort: nats.port }),
  });

  const ports = await chooseServicePorts();
  const environment = serviceEnvironment(process.env, {
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    encryptionKey: settings.encryptionKey,
    ports,
  });
  await terminal.step(
    'migrating the database',
    () => stack.migrate(environment),
    () => 'database is up to date',
  );
  await terminal.step(
    'starting the services',
    () => stack.startServices(environment, ports),
    () =>
      Object.entries(ports)
        .map(([name, port]) => `${name} :${port}`)
        .join('  '),
  );
  const address = await terminal.step(
    'starting the gateway',
    () => stack.startGateway(environment, publicPort),
    (address) => `gateway on ${address}`,
  );
  noteAddress(folder.stackFile, address);

  const model = await modelInUse(address, DEFAULT_MODEL);
  const modelText =
    model === undefined
      ? 'none that answers; see the log of llm'
      : model.isDemo
        ? `${model.name}: a built-in planner, not a language model. For a real one set OPENAI_API_KEY (or OPENAI_BASE_URL)`
        : model.name;
  const databasePlace =
    'moved' in postgres && postgres.moved ? `${postgres.folder}, which PostgreSQL's own user can reach` : '';
  terminal.print(
    [
      '',
      `Antiphon is ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`,
      '',
      `  API      ${address}`,
      `  model    ${modelText}`,
      `  data     ${folder.root}`,
      ...(databasePlace === '' ? [] : [`  database ${databasePlace}`]),
      `  logs     ${folder.log}`,
      '  stop     Ctrl-C, or: npm stop',
      '',
      'Try it:',
      '',
      `  curl ${address}/v1/responses -H 'Content-Type: application/json' \\`,
      `    -d '{"model": "${model?.name ?? 'demo'}", "input": "Say hello in one sentence."}'`,
      '',
    ].join('\n'),
  );
}

/** The port asked for, which must be free; or the usual one, or the next one that is free. */
async function choosePublicPort(wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if (await isPortFree(wanted)) return wanted;
    throw new UserError(`Port ${wanted} is taken. Choose another one: npm start -- --port PORT`);
  }
  const port = await nextFreePort(gatewayPort, Object.values(servicePorts));
  if (port !== gatewayPort) terminal.print(`Port ${gatewayPort} is taken, so the gateway takes ${port}.`);
  return port;
}

/** A server that the caller has named is used as it is, if there is one. */
async function checkReachable(
  variable: string,
  address: string,
  usualPort: number,
): Promise<{ url: string }> {
  // Several NATS servers may be listed; one that answers is enough, and the first is the one to tell about.
  const first = address.split(',')[0] ?? address;
  const url = URL.parse(
    first.includes('://') ? first : `${variable === 'NATS_URL' ? 'nats' : 'postgres'}://${first}`,
  );
  if (url === null) throw new UserError(`${variable} is not an address: ${first}`);
  const port = url.port === '' ? usualPort : Number(url.port);
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: url.hostname, port });
    socket.setTimeout(connectTimeoutMs, () => socket.destroy());
    socket.once('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve(false));
  });
  if (!answers) {
    throw new UserError(
      `Nothing answers at ${url.hostname}:${port}, which ${variable} names. Without ${variable}, npm start brings its own.`,
    );
  }
  return { url: address };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
