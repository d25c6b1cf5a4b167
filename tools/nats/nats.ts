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
  /** Holds the configuration and JetStream's files. */
  dataDir: string;
  /** Gets the pid file. */
  runFolder: string;
  /** Keeps a server program that had to be fetched. */
  cacheFolder: string;
  /** The port to take if it is free; otherwise another one is found. */
  port?: number | undefined;
  /** Users with the permissions of `deploy/nats-users.conf`. Without passwords the server takes every connection. */
  passwords?: NatsPasswords;
  /** Where NATS_SERVER_BIN and PATH are looked up. */
  environment?: NodeJS.ProcessEnv;
  /** Gets each line of the server's log. */
  log?: (line: string) => void;
  /** Gets crashes and restarts. */
  report?: (message: string) => void;
  /** The longest wait before a server that keeps ending is started again, where it is not the supervisor's own. */
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
      // Somebody was quicker to take the port than this server.
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

/** A server says hello with what it can do; JetStream among it means that its files have been read. */
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
