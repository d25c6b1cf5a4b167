import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findNatsServer } from './nats-binary.ts';
import {
  natsUrlsOf,
  passwordVariables,
  sameNatsUrl,
  type NatsPasswords,
  type NatsUrls,
} from './nats-users.ts';
import { choosePort, isPortFree, loopback } from '../processes/ports.ts';
import { startProcess } from '../processes/processes.ts';
import { repositoryRoot } from '../repository.ts';
import { Supervisor } from '../processes/supervisor.ts';

export interface NatsOptions {
  /** Folder of the configuration and JetStream's files. */
  dataDir: string;
  /** Folder of the pid file. */
  runFolder: string;
  /** Folder of a downloaded server program. */
  cacheFolder: string;
  /** The preferred port; if it is taken, the server gets another one. */
  port?: number | undefined;
  /** Passwords of the users of `deploy/nats-users.conf`. Without them the server accepts every connection. */
  passwords?: NatsPasswords;
  /** The environment with NATS_SERVER_BIN and PATH. */
  environment?: NodeJS.ProcessEnv;
  /** Receives each line of the server's log. */
  log?: (line: string) => void;
  /** Receives crashes and restarts. */
  report?: (message: string) => void;
  /** The longest wait before a restart; the default is the supervisor's. */
  restartDelayMaxMs?: number;
  signal?: AbortSignal;
}

export interface NatsServer {
  /** The address for each user. */
  readonly urls: NatsUrls;
  readonly port: number;
  stop(graceMs?: number): Promise<void>;
}

const usersFile = 'nats-users.conf';
const portAttemptsMax = 3;
const pollIntervalMs = 20;
const greetingTimeoutMs = 2000;

/** Starts a nats-server with JetStream on a loopback port, and keeps it running until `stop()`. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { dataDir, runFolder, cacheFolder, log = () => undefined, report = () => undefined } = options;
  const { environment = process.env, restartDelayMaxMs, passwords } = options;
  const signal = options.signal ?? new AbortController().signal;
  const binary = await findNatsServer({ environment, cacheFolder, signal });
  await mkdir(dataDir, { recursive: true });
  const configuration = join(dataDir, 'nats.conf');
  if (passwords) await copyFile(join(repositoryRoot, 'deploy', usersFile), join(dataDir, usersFile));

  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(attempt === 1 ? options.port : undefined);
    await writeFile(configuration, configurationText(port, join(dataDir, 'store'), passwords !== undefined));
    const supervisor = new Supervisor({
      name: 'nats',
      report,
      ...(restartDelayMaxMs !== undefined && { restartDelayMaxMs }),
      start: () =>
        startProcess({
          name: 'nats',
          command: binary,
          commandArguments: ['-c', configuration],
          environment: {
            PATH: environment.PATH,
            HOME: environment.HOME,
            ...(passwords && passwordVariables(passwords)),
          },
          workingFolder: dataDir,
          runFolder,
          onLine: log,
        }),
      waitUntilReady: (readySignal) => untilGreeted(port, readySignal),
    });
    try {
      await supervisor.start(signal);
    } catch (error) {
      // Another process took the port first.
      if (attempt < portAttemptsMax && !signal.aborted && !(await isPortFree(port))) continue;
      throw error;
    }
    const host = `${loopback}:${port}`;
    const urls = passwords ? natsUrlsOf(host, passwords) : sameNatsUrl(`nats://${host}`);
    return { urls, port, stop: (graceMs = 2000) => supervisor.stop(graceMs) };
  }
}

function configurationText(port: number, storeDir: string, hasUsers: boolean): string {
  return [
    `listen: "${loopback}:${port}"`,
    'max_payload: 8MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(storeDir)}`,
    '  max_memory_store: 256MB',
    '  max_file_store: 4GB',
    '}',
    ...(hasUsers ? [`include ./${usersFile}`] : []),
    '',
  ].join('\n');
}

/** The server's first message lists its features; JetStream among them means that its files are loaded. */
async function untilGreeted(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const greeting = await greetingAt(port);
    if (/"jetstream":\s*true/.test(greeting)) return;
    await delay(pollIntervalMs);
  }
}

function greetingAt(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopback });
    let greeting = '';
    socket.setEncoding('utf8');
    socket.setTimeout(greetingTimeoutMs, () => socket.destroy());
    socket.on('data', (text: string) => {
      greeting += text;
      if (greeting.includes('\n')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(greeting));
  });
}
