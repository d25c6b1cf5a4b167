import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitsFile } from '@antiphon/service-kit';
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

/** Tools with side effects need no approval here; the changing ones are still not idempotent. */
const toolsFile = `
tools:
  post_http_requests: { enabled: true, approval: never }
`;

/** Short waits. A dead part is noticed soon: the promises are about the time after that. */
const paceOfFaults = {
  BACKGROUND_WORKER_COUNT: '2',
  BACKGROUND_RUNS_PER_WORKER: '4',
  BACKGROUND_TASK_TIMEOUT: '30m',
  // Enough time for a tools service to restart.
  TOOL_EXECUTION_TIMEOUT: '20s',
  // A part that stays away is noticed well within a run's time.
  RESPONSE_TIMEOUT: '30s',
  WEBHOOK_MAX_RETRIES: '20',
  SHUTDOWN_GRACE: '5s',
  SHUTDOWN_DRAIN: '500ms',
  TOOLS_UNSAFE: 'on',
};

/** The same for limits. Runs may be interrupted far more often than real ones. */
const limitsOfFaults: LimitsFile = {
  bus: { heartbeat: '500ms', silence_max: '2s' },
  database: { connect_timeout: '3s', statement_timeout: '3s' },
  http_tools: { timeout: '10s' },
  // A busy machine is no provider that hangs.
  providers: { first_byte_timeout: '10s', silence_timeout: '10s' },
  runs: {
    lease_duration: '3s',
    lease_heartbeat: '400ms',
    background_attempts_max: 100,
    tool_list_timeout: '5s',
    model_wait: '5s',
  },
};

/** A system with a PostgreSQL and a nats-server of its own and two processes each of worker and responses. Every part may die. */
export class FaultSystem {
  private constructor(
    readonly system: System,
    /** The server that records the effects of tools. */
    readonly effects: Effects,
    readonly workers: readonly [AppProcess, ...AppProcess[]],
    readonly responses: readonly [AppProcess, ...AppProcess[]],
    private readonly folder: string,
    private readonly servers: { postgres: PostgresServer; nats: NatsServer },
  ) {}

  static async start(): Promise<FaultSystem> {
    // Named like the folders of the test servers, so that the next run removes those of a killed one.
    const folder = mkdtempSync(join(tmpdir(), `antiphon-test-${process.pid}-faults-`));
    // PostgreSQL's user must be able to enter it when root runs the tests.
    chmodSync(folder, 0o755);
    process.once('exit', () => {
      killAllProcesses();
      removePostgresHome(join(folder, 'postgres'));
      rmSync(folder, { recursive: true, force: true });
    });
    try {
      return await FaultSystem.startIn(folder);
    } catch (error) {
      await endLeftovers(join(folder, 'run'));
      throw error;
    }
  }

  private static async startIn(folder: string): Promise<FaultSystem> {
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
        isCompact: false,
        folder,
        logFolder: process.env.E2E_LOG_FOLDER ?? join(folder, 'log'),
      },
      { ...paceOfFaults, TOOLS_FILE: tools, HTTP_TOOLS_ALLOWED_URLS: effects.url },
      limitsOfFaults,
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

  /** The NATS address for programs that read events. */
  get eventsUrl(): string {
    return this.servers.nats.urls.consumer;
  }

  get databaseUrl(): string {
    return this.servers.postgres.url;
  }

  /** Kills the server; its supervisor restarts it at once. Resolves when it runs again. */
  killNats(): Promise<void> {
    return this.crash('nats', 'SIGKILL');
  }

  /** The same, and deletes JetStream's files. */
  async wipeNats(): Promise<void> {
    await this.stopNats();
    rmSync(join(this.folder, 'nats', 'store'), { recursive: true });
    await this.startNats();
  }

  /** Stops PostgreSQL in immediate mode: it writes nothing back, breaks every connection, and recovers from its log. */
  async crashPostgres(): Promise<void> {
    await this.crash('postgres', 'SIGQUIT');
    await untilTrue(() => this.query('select 1').then(Boolean, () => false));
  }

  /** Freezes PostgreSQL: its connections stay open and silent. Resolves to a function that ends that. */
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

  /** Queries the database, which may be slow to answer. */
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
    if (timeout.aborted) throw new Error('the killed server did not restart in time');
    await delay(pollMs);
  }
}

/** Returns the child processes of a process. */
async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

/** A server that is killed repeatedly still restarts at once. */
const restartDelayMaxMs = 250;

/** Durable, because commits must survive a crash. */
function postgresOptions(folder: string) {
  return { dataDir: join(folder, 'postgres'), runFolder: join(folder, 'run'), restartDelayMaxMs };
}

/** The server keeps its passwords over a restart. */
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
