import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startNats, type NatsServer } from '@antiphon/tools/nats/nats';
import { newNatsPasswords } from '@antiphon/tools/nats/nats-users';
import { endLeftovers, ownedProcesses } from '@antiphon/tools/processes/pid-files';
import { startPostgres, type PostgresServer } from '@antiphon/tools/postgres/postgres';
import { removePostgresHome } from '@antiphon/tools/postgres/postgres-home';
import { killAllProcesses } from '@antiphon/tools/processes/processes';
import { fetchedProgramsFolder } from '@antiphon/tools/repository';
import pg from 'pg';
import { createRoles } from '../system/database-roles.ts';
import type { AppProcess } from '../system/app-process.ts';
import { System } from '../system/system.ts';
import { Effects } from './effects.ts';

/** Side effects need nobody's approval here; what changes something is still no more idempotent than it is. */
const toolsFile = `
tools:
  post_http_requests: { enabled: true, approval: never }
`;

/**
 * What only costs time is short. Runs may be interrupted far more often than any real one, and a part that died is noticed soon: the
 * promises are about what happens then.
 */
const paceOfFaults = {
  BACKGROUND_WORKER_COUNT: '8',
  LEASE_DURATION: '3s',
  LEASE_HEARTBEAT: '400ms',
  BACKGROUND_ATTEMPTS_MAX: '100',
  BACKGROUND_TASK_TIMEOUT: '30m',
  // Time enough for a tools service to come back.
  TOOL_EXECUTION_TIMEOUT: '20s',
  // A part that stays away is noticed well within a run's time.
  RESPONSE_TIMEOUT: '30s',
  TOOL_LIST_TIMEOUT: '5s',
  RESPONSE_MODEL_WAIT: '5s',
  HTTP_TOOLS_TIMEOUT: '2500ms',
  RPC_HEARTBEAT: '500ms',
  RPC_SILENCE_MAX: '2s',
  PROVIDER_FIRST_BYTE_TIMEOUT: '1500ms',
  PROVIDER_SILENCE_TIMEOUT: '1500ms',
  WEBHOOK_MAX_RETRIES: '20',
  DATABASE_CONNECT_TIMEOUT: '3s',
  DATABASE_STATEMENT_TIMEOUT: '3s',
  SHUTDOWN_GRACE: '5s',
  SHUTDOWN_DRAIN: '500ms',
  TOOLS_UNSAFE: 'on',
};

/** A system with a PostgreSQL and a nats-server of its own and more than one process of what must not be missed, all of which may die. */
export class FaultSystem {
  private constructor(
    readonly system: System,
    /** Where tools have their effects, and where they are counted. */
    readonly effects: Effects,
    readonly workers: readonly [AppProcess, ...AppProcess[]],
    readonly responses: readonly [AppProcess, ...AppProcess[]],
    private readonly folder: string,
    private readonly servers: { postgres: PostgresServer; nats: NatsServer },
  ) {}

  /** `overrides` are variables of every app, beyond those of faults. */
  static async start(overrides: NodeJS.ProcessEnv = {}): Promise<FaultSystem> {
    // Named like the folders of the test servers, so that the next run clears up after one that was killed.
    const folder = mkdtempSync(join(tmpdir(), `antiphon-test-${process.pid}-faults-`));
    // PostgreSQL's user must get through when root runs the tests.
    chmodSync(folder, 0o755);
    process.once('exit', () => {
      killAllProcesses();
      removePostgresHome(join(folder, 'postgres'));
      rmSync(folder, { recursive: true, force: true });
    });
    try {
      return await FaultSystem.startIn(folder, overrides);
    } catch (error) {
      await endLeftovers(join(folder, 'run'));
      throw error;
    }
  }

  private static async startIn(folder: string, overrides: NodeJS.ProcessEnv): Promise<FaultSystem> {
    const [postgres, nats, effects] = await Promise.all([
      startPostgres(postgresOptions(folder)),
      startNats(natsOptions(folder)),
      Effects.start(),
    ]);
    const tools = join(folder, 'tools.yml');
    writeFileSync(tools, toolsFile);
    const system = await System.start(
      {
        databaseUrls: await createRoles(postgres.url),
        natsUrls: nats.urls,
        folder,
        logFolder: process.env.E2E_LOG_FOLDER ?? join(folder, 'log'),
      },
      { ...paceOfFaults, TOOLS_FILE: tools, HTTP_TOOLS_ALLOWED_URLS: effects.url, ...overrides },
    );
    const [worker, responses] = await Promise.all([
      system.startAnother('worker'),
      system.startAnother('responses'),
    ]);
    return new FaultSystem(
      system,
      effects,
      [system.app('worker'), worker],
      [system.app('responses'), responses],
      folder,
      { postgres, nats },
    );
  }

  /** NATS, for a program that reads events. */
  get eventsUrl(): string {
    return this.servers.nats.urls.consumer;
  }

  get databaseUrl(): string {
    return this.servers.postgres.url;
  }

  /** Ends the server as a crash would; it is started again at once. Resolves when it is back. */
  killNats(): Promise<void> {
    return this.crash('nats', 'SIGKILL');
  }

  /** The same, and JetStream's files are gone with it. */
  async wipeNats(): Promise<void> {
    await this.stopNats();
    rmSync(join(this.folder, 'nats', 'store'), { recursive: true });
    await this.startNats();
  }

  /** PostgreSQL's immediate mode: nothing is written back, every connection breaks; it recovers from its log. */
  async crashPostgres(): Promise<void> {
    await this.crash('postgres', 'SIGQUIT');
    await untilTrue(() => this.query('select 1').then(Boolean, () => false));
  }

  /** Stops PostgreSQL where it is: its connections stay open, and nothing comes over them. Resolves to what ends that. */
  async freezePostgres(): Promise<() => void> {
    const { pid } = this.server('postgres');
    const pids = [pid, ...(await childrenOf(pid))];
    for (const each of pids) process.kill(each, 'SIGSTOP');
    return () => pids.forEach((each) => process.kill(each, 'SIGCONT'));
  }

  async stopNats(): Promise<void> {
    await this.servers.nats.stop();
  }

  async startNats(): Promise<void> {
    this.servers.nats = await startNats({ ...natsOptions(this.folder), port: this.servers.nats.port });
  }

  async stopPostgres(): Promise<void> {
    await this.servers.postgres.stop();
  }

  async startPostgres(): Promise<void> {
    const { port } = this.servers.postgres;
    this.servers.postgres = await startPostgres({ ...postgresOptions(this.folder), port });
  }

  /** Looks into the database, which need not answer at once. */
  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({
      connectionString: this.servers.postgres.url,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers, ...this.responses].map((app) => app.stop()));
    await this.system.stop();
    await Promise.all([this.servers.postgres.stop(), this.servers.nats.stop(), this.effects.stop()]);
    removePostgresHome(join(this.folder, 'postgres'));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async crash(name: string, signal: NodeJS.Signals): Promise<void> {
    const { pid } = this.server(name);
    process.kill(pid, signal);
    await untilTrue(() => ![undefined, pid].includes(this.find(name)?.pid));
  }

  private server(name: string): { pid: number } {
    const server = this.find(name);
    if (!server) throw new Error(`no ${name} is running`);
    return server;
  }

  private find(name: string): { pid: number } | undefined {
    return ownedProcesses(join(this.folder, 'run')).find((owned) => owned.name === name);
  }
}

const backTimeoutMs = 30_000;
const pollMs = 50;

async function untilTrue(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const timeout = AbortSignal.timeout(backTimeoutMs);
  while (!(await isTrue())) {
    if (timeout.aborted) throw new Error('a server that was killed did not come back');
    await delay(pollMs);
  }
}

/** The processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

/** A server that is killed again and again is still back at once. */
const restartDelayMaxMs = 250;

/** Durable: what was committed must be there after a crash. */
function postgresOptions(folder: string) {
  return { dataDir: join(folder, 'postgres'), runFolder: join(folder, 'run'), restartDelayMaxMs };
}

/** The server keeps its passwords over a restart, as the services do. */
const natsPasswords = newNatsPasswords();

function natsOptions(folder: string) {
  return {
    dataDir: join(folder, 'nats'),
    runFolder: join(folder, 'run'),
    cacheFolder: fetchedProgramsFolder,
    restartDelayMaxMs,
    passwords: natsPasswords,
  };
}
