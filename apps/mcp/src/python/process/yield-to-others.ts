import { setPriority } from 'node:os';

/** Lowers the priority of a process by a nice value, at most 19. Does nothing for a process that has ended or may not be changed. */
export function yieldToOthers(pid: number | undefined, niceness: number): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    return;
  }
}
