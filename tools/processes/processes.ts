import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { removePidFile, runFolderVariable, writePidFile } from './pid-files.ts';
import { killGroup, signalProcess } from './process-table.ts';
import { stopSignalOf } from './stop-signal.ts';
import type { SystemUser } from './system-user.ts';

export interface ProcessOptions {
  /** Names the pid file, and the process in messages. */
  name: string;
  command: string;
  commandArguments: string[];
  /** The whole environment; nothing of the caller's is added. */
  environment: NodeJS.ProcessEnv;
  workingFolder: string;
  /** Where the pid file goes. */
  runFolder: string;
  /** Another user to run as; only root can ask for one. */
  user?: SystemUser | undefined;
  /** Gets every line that the process writes to its output or its error output. */
  onLine: (line: string) => void;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process and its output have ended. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Asks the process to end, and ends it with its whole group when it has not within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Each running process, with what clears its pid file away. */
const running = new Map<number, () => void>();

/**
 * Starts a process in a group of its own, so that Ctrl-C in the terminal reaches only the script, which then stops
 * everything in order. Writes its pid file, and removes it when the process ends.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, runFolder, user } = options;
  const child = spawn(options.command, options.commandArguments, {
    cwd: options.workingFolder,
    env: { ...options.environment, [runFolderVariable]: runFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  const pid = await pidOf(child);
  running.set(pid, () => removePidFile(runFolder, name, pid));
  writePidFile(runFolder, name, pid);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', options.onLine);
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', () => {
      // What the process started itself goes with it.
      killGroup(pid);
      running.get(pid)?.();
      running.delete(pid);
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

  return {
    name,
    pid,
    exited,
    async stop(graceMs) {
      if (!running.has(pid)) return;
      signalProcess(pid, stopSignalOf(name));
      const ended = await Promise.race([exited.then(() => true), delay(graceMs, false, { ref: false })]);
      if (ended) return;
      killGroup(pid);
      await exited;
    },
  };
}

/** Ends every process started here, at once and without waiting: for a second Ctrl-C, and for a script that fails. */
export function killAllProcesses(): void {
  for (const [pid, removeFile] of running) {
    killGroup(pid);
    removeFile();
  }
}

export function describeExit({ code, signal }: ProcessExit): string {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      child.off('error', reject);
      child.on('error', () => undefined);
      // A child that has spawned has a pid.
      resolve(child.pid as number);
    });
  });
}
