import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clearDataFolder, dataFolder, type DataFolder } from '../../start/data-folder/data-folder.ts';
import { ownedProcesses } from '../../processes/pid-files.ts';
import { choosePort } from '../../processes/ports.ts';
import { addressOfPostgres } from '../../postgres/postgres.ts';
import { repositoryRoot } from '../../repository.ts';
import { readSettings } from '../../start/data-folder/settings.ts';
import { stopStack } from '../../start/stop-stack.ts';
import { ProcessGroup, total } from '../process/process-group.ts';
import { type Program, startProgram } from '../process/program.ts';
import { Callers } from './callers.ts';
import { type Ask, responsesRequest, type Target } from './target.ts';

const readyPattern = /^Antiphon is ready after ([\d.]+) s/;
const readyTimeoutMs = 10 * 60_000;
const settleTimeoutMs = 60_000;
const settlePollMs = 1_000;
const idleShareMax = 0.15;

/** An empty data folder of the bench. PostgreSQL's user can reach it when root runs the bench. */
export function makeDataFolder(): DataFolder {
  const root = mkdtempSync(join(tmpdir(), 'antiphon-bench-'));
  chmodSync(root, 0o755);
  return dataFolder(root);
}

export function removeDataFolder(folder: DataFolder): void {
  clearDataFolder(folder);
  rmSync(folder.root, { recursive: true, force: true });
  rmSync(providersFileOf(folder), { force: true });
}

/** Beside the data folder, which must be empty at first. */
function providersFileOf({ root }: DataFolder): string {
  return `${root}.providers.json`;
}

export interface StartOptions {
  folder: DataFolder;
  providerOrigin: string;
  core: number | null;
  /** Whether all services run in one process. */
  isCompact?: boolean;
  /** More variables, over those of the bench. */
  environment?: NodeJS.ProcessEnv;
}

/** The whole system, started by `npm start` on a port and a data folder of its own, with the bench's provider and otherwise its defaults. */
export class Antiphon implements Target {
  readonly name: string;
  readonly callers: Callers;
  readonly folder: DataFolder;
  readonly origin: string;
  readonly processes: ProcessGroup;
  /** Names no providers at first; the service reads it again after a change. */
  readonly providersFile: string;
  /** What `npm start` itself reports. */
  readonly secondsToReady: number;
  private readonly program: Program;

  private constructor(options: {
    name: string;
    folder: DataFolder;
    origin: string;
    processes: ProcessGroup;
    secondsToReady: number;
    program: Program;
  }) {
    this.name = options.name;
    this.folder = options.folder;
    this.providersFile = providersFileOf(options.folder);
    this.origin = options.origin;
    this.processes = options.processes;
    this.secondsToReady = options.secondsToReady;
    this.program = options.program;
    this.callers = new Callers(options.origin);
  }

  static async start({
    folder,
    providerOrigin,
    core,
    isCompact = false,
    environment,
  }: StartOptions): Promise<Antiphon> {
    const name = isCompact ? 'antiphon compact' : 'antiphon';
    const port = await choosePort();
    const options = ['--port', String(port), '--data', folder.root, ...(isCompact ? ['--compact'] : [])];
    let secondsToReady = NaN;
    writeFileSync(providersFileOf(folder), '{}');
    const program = await startProgram({
      name: 'npm start',
      command: [process.execPath, join(repositoryRoot, 'tools/bootstrap.mjs'), 'start', ...options],
      core,
      // Empty variables count as not set, also where an .env file sets them.
      environment: {
        ...process.env,
        DATABASE_URL: '',
        NATS_URL: '',
        OPENAI_BASE_URL: `${providerOrigin}/v1`,
        OPENAI_API_KEY: 'bench',
        LLM_PROVIDERS_FILE: providersFileOf(folder),
        ...environment,
      },
      workingFolder: repositoryRoot,
      readyTimeoutMs,
      isReady: (line) => {
        const seconds = readyPattern.exec(line)?.[1];
        if (seconds !== undefined) secondsToReady = Number(seconds);
        return seconds !== undefined;
      },
    });
    const owned = ownedProcesses(folder.run).filter(({ name }) => !name.startsWith('process '));
    const names = new Map(owned.map(({ name, pid }) => [pid, name]));
    const processes = new ProcessGroup(program.pid, 'launcher', names);
    const origin = `http://127.0.0.1:${port}`;
    return new Antiphon({ name, folder, origin, processes, secondsToReady, program });
  }

  /** Resolves when the processes are idle: work that a start leaves for later, such as Python, is done then. */
  async settled(): Promise<void> {
    for (let waitedMs = 0; waitedMs < settleTimeoutMs; waitedMs += settlePollMs) {
      const before = total(this.processes.cpuMs());
      await delay(settlePollMs);
      if (total(this.processes.cpuMs()) - before < settlePollMs * idleShareMax) return;
    }
  }

  request(ask: Ask) {
    return responsesRequest(ask, this.callers.headers());
  }

  /** The main processes by name. */
  pids(): Map<string, number> {
    return new Map(ownedProcesses(this.folder.run).map(({ name, pid }) => [name, pid]));
  }

  async databaseUrl(): Promise<string> {
    const { postgresPort } = readSettings(this.folder.settingsFile);
    if (postgresPort === undefined) throw new Error('the stack has no PostgreSQL of its own');
    return addressOfPostgres(this.folder.postgres, postgresPort);
  }

  async stop(): Promise<void> {
    await this.program.stop();
    await stopStack(this.folder);
  }
}
