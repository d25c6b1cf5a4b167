import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LogFile } from '@antiphon/tools/log/log-file';
import { loopback } from '@antiphon/tools/processes/ports';
import { startProcess, type RunningProcess } from '@antiphon/tools/processes/processes';
import { repositoryRoot } from '@antiphon/tools/repository';
import { serviceFlags } from '@antiphon/tools/start/services';

export interface AppOptions {
  /** The folder under `apps/`. */
  app: string;
  /** The name of the pid file and the log, if an app has more than one process. */
  name: string;
  port: number;
  environment: NodeJS.ProcessEnv;
  runFolder: string;
  logFolder: string;
}

const linesMax = 2_000;
const readyTimeoutMs = 60_000;
const pollIntervalMs = 30;
const graceMs = 8_000;

/** A built app as a process that tests stop, kill and start again. It has no supervisor. */
export class AppProcess {
  private readonly options: AppOptions;
  private readonly log: LogFile;
  private lines: string[] = [];
  private countedLines = 0;
  private waiting: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  private running: RunningProcess | undefined;

  constructor(options: AppOptions) {
    this.options = options;
    this.log = new LogFile(join(options.logFolder, `${options.name}.log`));
  }

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.running?.pid;
  }

  /** How many lines it has logged, over all its starts. */
  get lineCount(): number {
    return this.countedLines;
  }

  get url(): string {
    return `http://${loopback}:${this.options.port}`;
  }

  /** Starts the process and waits until it is ready. `overrides` are variables of this start only. */
  async start(overrides: NodeJS.ProcessEnv = {}): Promise<void> {
    const { app, name, port, environment, runFolder } = this.options;
    const main = join(repositoryRoot, 'dist', app, 'main.js');
    if (!existsSync(main)) throw new Error(`${main} is missing: build first (npm run build)`);
    this.lines = [];
    this.running = await startProcess({
      name,
      command: process.execPath,
      commandArguments: [...serviceFlags, main],
      environment: { ...environment, ...overrides, PORT: String(port) },
      workingFolder: repositoryRoot,
      runFolder,
      onLine: (line) => this.take(line),
    });
    await this.ready(this.running);
  }

  async stop(): Promise<void> {
    await this.running?.stop(graceMs);
  }

  /** Kills the process: it hands nothing over and closes no connection. */
  async kill(): Promise<void> {
    if (!this.running) return;
    process.kill(this.running.pid, 'SIGKILL');
    await this.running.exited;
  }

  /** Freezes the process, as a sleeping or swapping machine would. */
  pause(): void {
    if (this.running) process.kill(this.running.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.running) process.kill(this.running.pid, 'SIGCONT');
  }

  /** Resolves when the log of this start has a matching line. */
  async says(pattern: RegExp): Promise<void> {
    if (this.lines.some((line) => pattern.test(line))) return;
    await this.saysNext(pattern);
  }

  /** Resolves to the next matching line of the log. */
  saysNext(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => this.waiting.push({ pattern, resolve }));
  }

  private take(line: string): void {
    this.log.write(line);
    this.countedLines++;
    if (this.lines.push(line) > linesMax) this.lines.shift();
    this.waiting = this.waiting.filter(({ pattern, resolve }) => {
      if (!pattern.test(line)) return true;
      resolve(line);
      return false;
    });
  }

  private async ready(running: RunningProcess): Promise<void> {
    const { name } = this.options;
    const timeout = AbortSignal.timeout(readyTimeoutMs);
    let hasExited = false;
    void running.exited.then(() => (hasExited = true));
    while (!timeout.aborted && !hasExited) {
      if (await answersOk(`${this.url}/readyz`)) return;
      await delay(pollIntervalMs);
    }
    throw new Error(`${name} did not become ready:\n${this.lines.slice(-20).join('\n')}`);
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
