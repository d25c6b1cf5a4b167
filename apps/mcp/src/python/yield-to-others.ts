import { setPriority } from 'node:os';

/** Puts a process below what else runs on the machine, 19 the lowest. One that is gone, or may not be moved, stays as it is. */
export function yieldToOthers(pid: number | undefined, niceness: number): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    return;
  }
}
