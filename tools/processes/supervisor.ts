import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, type ProcessExit, type RunningProcess } from './processes.ts';

export interface SupervisorOptions {
  name: string;
  start: () => Promise<RunningProcess>;
  /** Resolves when the process is ready; gives up when the signal fires. */
  waitUntilReady: (signal: AbortSignal) => Promise<void>;
  /** Receives crashes and restarts as messages for the terminal. */
  report: (message: string) => void;
  readyTimeoutMs?: number;
  restartDelayMinMs?: number;
  restartDelayMaxMs?: number;
  /** After this run time a crash counts as the first one again. */
  healthyAfterMs?: number;
}

/** Keeps a process running: starts it, and restarts it when it ends unexpectedly, after growing waits. */
export class Supervisor {
  readonly name: string;
  private readonly options: Required<SupervisorOptions>;
  private readonly stopping = new AbortController();
  private current: RunningProcess | undefined;
  private watching: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.name = options.name;
    this.options = {
      readyTimeoutMs: 60_000,
      restartDelayMinMs: 250,
      restartDelayMaxMs: 15_000,
      healthyAfterMs: 30_000,
      ...options,
    };
  }

  /** Resolves when the process is ready. Kills it and throws if it fails to become ready or the signal fires. */
  async start(signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted();
      this.current = await this.options.start();
      await this.becomeReady(this.current, signal);
      signal.throwIfAborted();
    } catch (error) {
      await this.stop(2000);
      throw error;
    }
    this.watching = this.keepRunning(this.current);
  }

  /** Stops the process without a restart. */
  async stop(graceMs: number): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.current?.stop(graceMs), this.watching]);
  }

  private async keepRunning(first: RunningProcess): Promise<void> {
    const { name, report, restartDelayMinMs, restartDelayMaxMs, healthyAfterMs } = this.options;
    let startedAt = performance.now();
    let failure = `${name} ${describeExit(await first.exited)}`;
    let delayMs = restartDelayMinMs;
    while (!this.stopping.signal.aborted) {
      if (performance.now() - startedAt > healthyAfterMs) delayMs = restartDelayMinMs;
      report(`${failure}; starting it again in ${delayMs / 1000} s`);
      await delay(delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      delayMs = Math.min(delayMs * 2, restartDelayMaxMs);
      startedAt = performance.now();
      failure = await this.runAgain();
    }
  }

  /** Starts the process again, and resolves to its exit. */
  private async runAgain(): Promise<string> {
    const { name, report } = this.options;
    try {
      this.current = await this.options.start();
      await this.becomeReady(this.current, this.stopping.signal);
      report(`${name} is back`);
      return `${name} ${describeExit(await this.current.exited)}`;
    } catch (error) {
      await this.current?.stop(2000);
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async becomeReady(child: RunningProcess, signal: AbortSignal): Promise<void> {
    const { name, readyTimeoutMs, waitUntilReady } = this.options;
    const settled = new AbortController();
    const timeout = AbortSignal.timeout(readyTimeoutMs);
    const ready = waitUntilReady(AbortSignal.any([signal, timeout, settled.signal]));
    const exit = child.exited.then((outcome) => Promise.reject(new ExitedEarly(name, outcome)));
    try {
      await Promise.race([ready, exit]);
    } catch (error) {
      if (timeout.aborted && !signal.aborted) {
        throw new Error(`${name} was not ready after ${readyTimeoutMs / 1000} s`, { cause: error });
      }
      throw error;
    } finally {
      settled.abort();
      ready.catch(() => undefined);
      exit.catch(() => undefined);
    }
  }
}

/** The process ended before it was ready. */
class ExitedEarly extends Error {
  constructor(name: string, exit: ProcessExit) {
    super(`${name} ${describeExit(exit)} before it was ready`);
  }
}
