import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasVariable, isAlive, killGroup, processesWithVariable, signalProcess } from './process-table.ts';
import { stopSignalOf } from './stop-signal.ts';

/**
 * The mark that every process of a stack carries in its environment: the folder of its pid file. A pid file counts only if the process
 * with that id carries the mark, because systems reuse ids.
 */
export const runFolderVariable = 'ANTIPHON_RUN_FOLDER';

export function writePidFile(runFolder: string, name: string, pid: number): void {
  mkdirSync(runFolder, { recursive: true });
  writeFileSync(pidFile(runFolder, name), `${pid}\n`);
}

/** Removes the pid file, unless another process of that name has replaced it. */
export function removePidFile(runFolder: string, name: string, pid: number): void {
  if (readPid(pidFile(runFolder, name)) === pid) rmSync(pidFile(runFolder, name), { force: true });
}

/**
 * Returns the running processes of this run folder: those of its pid files, and on Linux also those without a pid file and their
 * children.
 */
export function ownedProcesses(runFolder: string): { name: string; pid: number }[] {
  const named = namesIn(runFolder).flatMap((name) => {
    const pid = readPid(pidFile(runFolder, name));
    const owned = pid !== undefined && isAlive(pid) && hasVariable(pid, runFolderVariable, runFolder);
    return owned ? [{ name, pid }] : [];
  });
  const others = processesWithVariable(runFolderVariable, runFolder)
    .filter((pid) => isAlive(pid) && !named.some((known) => known.pid === pid))
    .map((pid) => ({ name: `process ${pid}`, pid }));
  return [...named, ...others];
}

/**
 * Ends the processes that a killed run has left: by a signal, and after `graceMs` by SIGKILL. Pid files of ended processes, or whose id
 * belongs to another process now, are only removed. Returns the names of the ended processes.
 */
export async function endLeftovers(runFolder: string, graceMs = 6000): Promise<string[]> {
  const leftovers = ownedProcesses(runFolder);
  for (const { name, pid } of leftovers) signalProcess(pid, stopSignalOf(name));
  const deadline = performance.now() + graceMs;
  while (leftovers.some(({ pid }) => isAlive(pid)) && performance.now() < deadline) await delay(50);
  for (const { pid } of leftovers) killGroup(pid);
  while (leftovers.some(({ pid }) => isAlive(pid)) && performance.now() < deadline + 2000) await delay(20);
  for (const name of namesIn(runFolder)) rmSync(pidFile(runFolder, name), { force: true });
  return leftovers.map(({ name }) => name);
}

function pidFile(runFolder: string, name: string): string {
  return join(runFolder, `${name}.pid`);
}

function namesIn(runFolder: string): string[] {
  try {
    return readdirSync(runFolder)
      .filter((file) => file.endsWith('.pid'))
      .map((file) => file.slice(0, -'.pid'.length));
  } catch {
    return [];
  }
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}
