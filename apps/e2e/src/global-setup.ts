import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@antiphon/tools/local-stack/nats';
import { newNatsPasswords, type NatsUrls } from '@antiphon/tools/local-stack/nats-users';
import { endLeftovers, ownedProcesses } from '@antiphon/tools/local-stack/pid-files';
import { killGroup } from '@antiphon/tools/local-stack/process-table';
import { fetchedProgramsFolder } from '@antiphon/tools/local-stack/repository';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createRoles, type DatabaseUrls } from './database-roles.ts';

/** What a system under test lives in; the worker that starts the system gets it by `inject`. */
export interface Surroundings {
  /** For each service its own role, with the rights of production. */
  databaseUrls: DatabaseUrls;
  /** For each service its own user, with the permissions of production. */
  natsUrls: NatsUrls;
  /** For pid files and logs. */
  folder: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    surroundings: Surroundings;
  }
}

/**
 * Makes a database, a bus and a folder for the system under test, and clears them away after the run, together with every process whose
 * pid file lies there. The bus is its own, since the services of other specs answer the same questions on theirs. The system itself is
 * started by the first spec that asks for it (`system.ts`). The folder is named like those of the test servers, so that the next run
 * clears up after one that was killed.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_DATABASE_URL: serverUrl } = process.env;
  if (!serverUrl) throw new Error('TEST_DATABASE_URL must name the PostgreSQL server of the tests');
  const database = `e2e_${randomBytes(6).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), `antiphon-test-${process.pid}-e2e-`));
  const runFolder = join(folder, 'run');
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
  project.provide('surroundings', { databaseUrls, natsUrls: nats.urls, folder });
  // After Ctrl-C there is no tear-down, and the apps run in groups of their own.
  const endAtOnce = () => {
    for (const { pid } of ownedProcesses(runFolder)) killGroup(pid);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', endAtOnce);
  return async () => {
    process.off('exit', endAtOnce);
    await nats.stop();
    await endLeftovers(runFolder);
    await execute(serverUrl, `drop database ${database} with (force)`);
    rmSync(folder, { recursive: true, force: true });
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
