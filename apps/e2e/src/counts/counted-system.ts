import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitsFile } from '@antiphon/service-kit';
import { startNats } from '@antiphon/tools/nats/nats';
import { natsUsers, newNatsPasswords, type NatsUrls } from '@antiphon/tools/nats/nats-users';
import { endLeftovers } from '@antiphon/tools/processes/pid-files';
import { startPostgres } from '@antiphon/tools/postgres/postgres';
import { removePostgresHome } from '@antiphon/tools/postgres/postgres-home';
import { killAllProcesses } from '@antiphon/tools/processes/processes';
import { fetchedProgramsFolder } from '@antiphon/tools/repository';
import { serviceNames } from '@antiphon/tools/start/services';
import pg from 'pg';
import { createRoles } from '../system/database-roles.ts';
import { type AppName, System } from '../system/system.ts';
import { BusTap } from './bus-tap.ts';
import type { Counts } from './counts.ts';
import { logStatements, StatementLog } from './statement-log.ts';

/** Timers run too rarely to be counted. */
const pace = { BACKGROUND_WORKER_COUNT: '4', BACKGROUND_POLL_INTERVAL: '1h' };
const limits: LimitsFile = {
  events: { poll_interval: '1h' },
  runs: { lease_duration: '10m', lease_heartbeat: '1m', tool_list_cache: '1h' },
  sweeper: { interval: '1h' },
  vector_stores: { poll_interval: '1h' },
};

/** The system is at rest after this time without a count, which is longer than the pause between two rounds of the outbox. */
const restMs = 400;
const restTimeoutMs = 15_000;
const measurementsMax = 5;
const pollMs = 20;

const appNames: readonly AppName[] = [...serviceNames, 'local-gateway'];

/** A system whose bus, database, logs and outgoing connections are counted. It shares no server with other systems. */
export class CountedSystem {
  private connections = 0;

  private constructor(
    readonly system: System,
    private readonly tap: BusTap,
    private readonly sql: StatementLog,
    private readonly database: pg.Client,
    private readonly end: () => Promise<void>,
  ) {
    system.provider.onConnection(() => this.connections++);
  }

  static async start(): Promise<CountedSystem> {
    // Named like the folders of the test servers, so that the next run clears up after one that was killed.
    const folder = mkdtempSync(join(tmpdir(), `antiphon-test-${process.pid}-counts-`));
    // PostgreSQL's user must be able to enter the folder when root runs the tests.
    chmodSync(folder, 0o755);
    const remove = () => {
      removePostgresHome(join(folder, 'postgres'));
      rmSync(folder, { recursive: true, force: true });
    };
    const endAtOnce = () => {
      killAllProcesses();
      remove();
    };
    process.once('exit', endAtOnce);
    const runFolder = join(folder, 'run');
    try {
      const sql = new StatementLog();
      const [postgres, nats] = await Promise.all([
        startPostgres({
          dataDir: join(folder, 'postgres'),
          runFolder,
          durable: false,
          log: (line) => sql.take(line),
        }),
        startNats({
          dataDir: join(folder, 'nats'),
          runFolder,
          cacheFolder: fetchedProgramsFolder,
          passwords: newNatsPasswords(),
        }),
      ]);
      const tap = await BusTap.start(nats.port);
      await logStatements(postgres.url);
      const database = new pg.Client({ connectionString: postgres.url });
      await database.connect();
      const system = await System.start(
        {
          databaseUrls: await createRoles(postgres.url),
          natsUrls: throughTap(nats.urls, tap),
          isCompact: false,
          folder,
          logFolder: process.env.E2E_LOG_FOLDER ?? join(folder, 'log'),
        },
        pace,
        limits,
      );
      return new CountedSystem(system, tap, sql, database, async () => {
        await system.stop();
        await database.end();
        await tap.stop();
        await Promise.all([postgres.stop(), nats.stop()]);
        process.off('exit', endAtOnce);
        remove();
      });
    } catch (error) {
      await endLeftovers(runFolder);
      remove();
      throw error;
    }
  }

  /** Looks into the database as the superuser, whose statements are not counted. */
  async isCompleted(responseId: string): Promise<boolean> {
    const { rowCount } = await this.database.query(
      `select from responses.responses where id = $1 and status = 'completed'`,
      [responseId],
    );
    return rowCount === 1;
  }

  /**
   * The cost of `work` until the system is at rest again: the counts that two measurements agree on, since
   * a timer may rarely fall into one. `details` has the messages and statements of the last measurement, for a failed test to show.
   */
  async count(work: () => Promise<unknown>): Promise<{ counts: Counts; details: string[] }> {
    await this.atRest();
    const seen = new Set<string>();
    for (let time = 0; time < measurementsMax; time++) {
      const measured = await this.measure(work);
      const key = JSON.stringify(measured.counts);
      if (seen.has(key)) return measured;
      seen.add(key);
    }
    throw new Error(`no two measurements agree: ${[...seen].join(', ')}`);
  }

  async stop(): Promise<void> {
    await this.end();
  }

  private async measure(work: () => Promise<unknown>): Promise<{ counts: Counts; details: string[] }> {
    const before = this.snapshot();
    await work();
    await this.atRest();
    const after = this.snapshot();
    // Every count has the same fields.
    const names = Object.keys(after) as (keyof Counts)[];
    return {
      counts: Object.fromEntries(
        names.map((name) => [name, after[name] - before[name]]),
      ) as unknown as Counts,
      details: [
        ...this.tap.messages
          .slice(before.busMessages)
          .map(({ service, subject }) => `${service} → ${subject}`),
        ...this.sql.statements.slice(before.statements).map(({ role, sql }) => `${role}: ${sql}`),
      ],
    };
  }

  private snapshot(): Counts {
    return {
      busMessages: this.tap.messages.length,
      statements: this.sql.statements.length,
      transactions: this.sql.transactions,
      logLines: appNames.reduce((sum, name) => sum + this.system.app(name).lineCount, 0),
      connections: this.connections,
    };
  }

  /** Resolves when no count has changed for a while. No single event marks the end of the effects of a request. */
  private async atRest(): Promise<void> {
    const timeout = AbortSignal.timeout(restTimeoutMs);
    let last = JSON.stringify(this.snapshot());
    let since = performance.now();
    while (performance.now() - since < restMs) {
      if (timeout.aborted) throw new Error('the system does not come to rest');
      await delay(pollMs);
      const now = JSON.stringify(this.snapshot());
      if (now === last) continue;
      last = now;
      since = performance.now();
    }
  }
}

function throughTap(urls: NatsUrls, tap: BusTap): NatsUrls {
  const port = String(tap.port);
  // One entry for each user, since the names come from the list of them.
  return Object.fromEntries(
    natsUsers.map((user) => [user, Object.assign(new URL(urls[user]), { port }).href]),
  ) as NatsUrls;
}
