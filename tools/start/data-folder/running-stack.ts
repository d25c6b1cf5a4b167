import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, startTimeOf } from '../../processes/process-table.ts';

/** The note of a running stack in its data folder: one stack a folder, and its address. */
export interface RunningStack {
  pid: number;
  startTime: string;
  /** Unset until the stack is ready. */
  address?: string;
}

/** Claims the folder for this process; returns the stack that runs on it, if there is one. */
export function claimStack(file: string): RunningStack | undefined {
  const own = `${file}.${process.pid}`;
  write(own, { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' });
  try {
    for (;;) {
      try {
        // Linking fails if the note exists, and never shows a half-written one.
        linkSync(own, file);
        return undefined;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const other = findRunningStack(file);
      if (other) return other;
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

export function noteAddress(file: string, address: string): void {
  write(`${file}.${process.pid}`, { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', address });
  renameSync(`${file}.${process.pid}`, file);
}

export function releaseStack(file: string): void {
  if (read(file)?.pid === process.pid) rmSync(file, { force: true });
}

/** Returns the stack that runs on this folder. A note does not count if its process has ended or its id belongs to another process. */
export function findRunningStack(file: string): RunningStack | undefined {
  const stack = read(file);
  if (stack === undefined || !isAlive(stack.pid)) return undefined;
  return startTimeOf(stack.pid) === stack.startTime ? stack : undefined;
}

function read(file: string): RunningStack | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const { pid, startTime, address } = value;
    if (typeof pid !== 'number' || typeof startTime !== 'string') return undefined;
    return { pid, startTime, ...(typeof address === 'string' && { address }) };
  } catch {
    return undefined;
  }
}

function write(file: string, stack: RunningStack): void {
  writeFileSync(file, `${JSON.stringify(stack)}\n`);
}
