import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startNats, type NatsServer } from '../nats/nats.ts';
import { endLeftovers } from '../processes/pid-files.ts';
import { startPostgres, type PostgresServer } from '../postgres/postgres.ts';
import { removePostgresHome } from '../postgres/postgres-home.ts';
import { isAlive } from '../processes/process-table.ts';
import { killAllProcesses } from '../processes/processes.ts';
import { fetchedProgramsFolder } from '../repository.ts';

const folderPrefix = 'antiphon-test-';

const stops: (() => Promise<void>)[] = [];

/**
 * Vitest's global set-up: starts one PostgreSQL and one nats-server for the run if the file name of a spec asks for them and
 * TEST_DATABASE_URL and TEST_NATS_URL do not name running ones. The workers, which start later, read the addresses from these two
 * variables.
 */
export async function setup(project: TestProject): Promise<void> {
  const specs = project.vitest.state.getPaths();
  // In watch mode the next run may have other specs.
  const needs = (kind: RegExp) => project.vitest.config.watch || specs.some((spec) => kind.test(spec));
  const wantsPostgres = !process.env.TEST_DATABASE_URL && needs(/\.pg\.|\/apps\/e2e\//);
  const wantsNats = !process.env.TEST_NATS_URL && needs(/\.nats\./);
  if (!wantsPostgres && !wantsNats) return;

  await removeAbandonedFolders();
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  // If root runs the tests, PostgreSQL's user must be able to enter the folder.
  chmodSync(folder, 0o755);
  const runFolder = join(folder, 'run');
  const removeFolder = () => {
    removePostgresHome(join(folder, 'postgres'));
    rmSync(folder, { recursive: true, force: true });
  };
  stops.push(async () => removeFolder());
  // Servers run in groups of their own, so Ctrl-C, which skips the tear-down, does not reach them.
  process.on('exit', () => {
    killAllProcesses();
    removeFolder();
  });
  await Promise.all([
    wantsPostgres && startTestPostgres(join(folder, 'postgres'), runFolder),
    wantsNats && startTestNats(join(folder, 'nats'), runFolder),
  ]);
}

export async function teardown(): Promise<void> {
  for (const stop of stops.reverse()) await stop();
}

async function startTestPostgres(dataDir: string, runFolder: string): Promise<void> {
  const server: PostgresServer = await startPostgres({
    dataDir,
    runFolder,
    durable: false,
    report: console.error,
  });
  process.env.TEST_DATABASE_URL = server.url;
  stops.push(() => server.stop());
}

async function startTestNats(dataDir: string, runFolder: string): Promise<void> {
  const server: NatsServer = await startNats({
    dataDir,
    runFolder,
    cacheFolder: fetchedProgramsFolder,
    report: console.error,
  });
  process.env.TEST_NATS_URL = server.urls.consumer;
  stops.push(() => server.stop());
}

/** Removes the servers and folders of killed runs. */
async function removeAbandonedFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(folderPrefix))) {
    const folder = join(tmpdir(), name);
    const pid = Number(name.slice(folderPrefix.length).split('-')[0]);
    const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
    if (isAlive(pid) || owner !== process.getuid?.()) continue;
    await endLeftovers(join(folder, 'run'));
    removePostgresHome(join(folder, 'postgres'));
    rmSync(folder, { recursive: true, force: true });
  }
}
