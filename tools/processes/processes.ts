import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { removePidFile, runFolderVariable, writePidFile } from './pid-files.ts';
import { killGroup, signalProcess } from './process-table.ts';
import { stopSignalOf } from './stop-signal.ts';
import type { SystemUser } from './system-user.ts';

export interface ProcessOptions {
  /** The name of the pid file, and of the process in messages. */
  name: string;
  command: string;
  commandArguments: string[];
  /** The whole environment; the process inherits nothing. */
  environment: NodeJS.ProcessEnv;
  workingFolder: string;
  /** Folder of the pid file. */
  runFolder: string;
  /** The user to run as; only root can set one. */
  user?: SystemUser | undefined;
  /** Receives every line of standard output and standard error. */
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
  /** Signals the process to end; after `graceMs` kills it with its whole group. */
  stop(graceMs: number): Promise<void>;
}

/** Each running process, with the function that removes its pid file. */
const running = new Map<number, () => void>();

/**
 * Starts a process in a group of its own, so that Ctrl-C reaches only the script, which then stops the processes in order. Writes its pid
 * file, and removes it when the process ends.
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
      // Children of the process end with it.
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

/** Kills every process started here without waiting: for a second Ctrl-C, and for a script that fails. */
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
      // A spawned child has a pid.
      resolve(child.pid as number);
    });
  });
}
