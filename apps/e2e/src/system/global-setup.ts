import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@antiphon/tools/nats/nats';
import { newNatsPasswords } from '@antiphon/tools/nats/nats-users';
import { endLeftovers, ownedProcesses } from '@antiphon/tools/processes/pid-files';
import { killGroup } from '@antiphon/tools/processes/process-table';
import { fetchedProgramsFolder } from '@antiphon/tools/repository';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createRoles } from './database-roles.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Creates surroundings for the system of each worker, and removes them after the run, with every process whose pid file is there. Each
 * system has a bus of its own, because the services of two systems would answer each other's requests. The first spec of a worker starts
 * the system (`system.ts`).
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_DATABASE_URL: serverUrl } = process.env;
  if (!serverUrl) throw new Error('TEST_DATABASE_URL must name the PostgreSQL server of the tests');
  const made: Made[] = [];
  // One after the other: roles belong to the whole server, and concurrent creates would conflict.
  for (let worker = 1; worker <= project.config.maxWorkers; worker++)
    made.push(await makeSurroundings(serverUrl, worker, project.name === 'compact'));
  project.provide(
    'surroundings',
    made.map(({ surroundings }) => surroundings),
  );
  return async () => {
    await Promise.all(made.map(({ clear }) => clear()));
  };
}

interface Made {
  surroundings: Surroundings;
  clear: () => Promise<void>;
}

/** The folder is named like those of the test servers, so that the next run removes those of a killed one. */
async function makeSurroundings(serverUrl: string, worker: number, isCompact: boolean): Promise<Made> {
  const database = `e2e_${randomBytes(6).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), `antiphon-test-${process.pid}-e2e-`));
  const runFolder = join(folder, 'run');
  const logFolder = join(process.env.E2E_LOG_FOLDER ?? join(folder, 'log'), `system-${worker}`);
  await execute(serverUrl, `create database ${database}`);
  const databaseUrls = await createRoles(
    Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href,
  );
  const nats = await startNats({
    dataDir: join(folder, 'nats'),
    runFolder,
    cacheFolder: fetchedProgramsFolder,
    passwords: newNatsPasswords(),
  });
  // After Ctrl-C there is no tear-down, and the apps run in groups of their own.
  const endAtOnce = () => {
    for (const { pid } of ownedProcesses(runFolder)) killGroup(pid);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', endAtOnce);
  return {
    surroundings: { databaseUrls, natsUrls: nats.urls, folder, logFolder, isCompact },
    clear: async () => {
      process.off('exit', endAtOnce);
      await nats.stop();
      await endLeftovers(runFolder);
      await execute(serverUrl, `drop database ${database} with (force)`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
