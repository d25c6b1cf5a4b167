import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Returns whether a process with this id runs. A zombie does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isNoPermission(error)) return false;
  }
  return statOf(pid)?.state !== 'Z';
}

/** Returns the start time of a process, which distinguishes it from a later process with the same id: systems reuse ids. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') return statOf(pid)?.startTicks;
  return ask('ps', ['-o', 'lstart=', '-p', String(pid)]);
}

/** Returns whether the process was started with this variable in its environment. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  const entry = `${name}=${value}`;
  if (process.platform === 'linux') return readOr(`/proc/${pid}/environ`, '').split('\0').includes(entry);
  const listed = ask('ps', ['eww', '-o', 'command=', '-p', String(pid)]) ?? '';
  return `${listed} `.includes(` ${entry} `);
}

/** Returns the processes with this variable in their environment. Only Linux lists all processes. */
export function processesWithVariable(name: string, value: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && hasVariable(pid, name, value));
}

/** Sends a signal to a process; returns false if the process has ended. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (isNoPermission(error)) throw error;
    return false;
  }
}

/** Kills a process and its whole group. */
export function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // The group has ended already.
    }
  }
}

function statOf(pid: number): { state: string; startTicks: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readOr(`/proc/${pid}/stat`, '');
  // The command in parentheses may contain spaces and parentheses: the fixed fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  return state !== undefined && startTicks !== undefined ? { state, startTicks } : undefined;
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}

function ask(command: string, commandArguments: string[]): string | undefined {
  try {
    return execFileSync(command, commandArguments, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

function isNoPermission(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPERM';
}
