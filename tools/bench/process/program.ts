import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pinned } from './cores.ts';

/** A program of the bench that runs beside it. */
export interface Program {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  name: string;
  command: string[];
  /** The core to run on; null for all. */
  core: number | null;
  environment?: NodeJS.ProcessEnv;
  workingFolder?: string;
  readyTimeoutMs?: number;
  /** Gets each line of the output; the program is ready when it returns true. */
  isReady: (line: string) => boolean;
}

const defaultReadyTimeoutMs = 60_000;
const graceMs = 20_000;
const lastLinesMax = 20;

/** The programs that run, for the exit of the bench. */
const running = new Set<number>();

/** Starts a program and resolves once it is ready. Throws with its last lines when it ends before, or takes too long. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, core, environment = process.env, workingFolder, isReady } = options;
  const { readyTimeoutMs = defaultReadyTimeoutMs } = options;
  const [command = '', ...commandArguments] = pinned(core, options.command);
  const child = spawn(command, commandArguments, {
    env: environment,
    cwd: workingFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  await once(child, 'spawn');
  // A child that has spawned has a pid.
  const pid = child.pid as number;
  running.add(pid);
  const exited = once(child, 'exit').then(() => void running.delete(pid));
  const lastLines: string[] = [];
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (lastLines.push(line) > lastLinesMax) lastLines.shift();
        if (isReady(line)) resolve();
      });
    }
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([exited, delay(graceMs, undefined, { ref: false })]);
    killGroup(pid);
  };
  const outcome = await Promise.race([
    ready.then(() => 'ready'),
    exited.then(() => 'ended'),
    delay(readyTimeoutMs, 'did not become ready', { ref: false }),
  ]);
  if (outcome === 'ready') return { pid, stop };
  await stop();
  throw new Error(`${name} ${outcome}:\n${lastLines.join('\n')}`);
}

/** Ends every program at once, without waiting. */
export function killPrograms(): void {
  for (const pid of running) killGroup(pid);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone.
  }
}
