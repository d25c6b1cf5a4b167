import { readFileSync, readdirSync } from 'node:fs';

/** The figures of a process in `/proc`. */
export interface ProcessStat {
  pid: number;
  parent: number;
  /** Processor time of the process and of its children that have ended, in milliseconds. */
  cpuMs: number;
}

/** Memory of processes, in bytes. `pss` divides shared pages among those that share them. */
export interface Memory {
  rss: number;
  pss: number;
}

/** The kernel counts in hundredths of a second on every Linux that Node runs on. */
const tickMs = 10;

/** Reads a line of `/proc/PID/stat`. */
export function parseStat(line: string): ProcessStat {
  // The command in parentheses may itself hold spaces and parentheses: the fixed fields begin after the last one.
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const cpuTicks = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
  return { pid: parseInt(line, 10), parent: fields[1] ?? 0, cpuMs: cpuTicks * tickMs };
}

/**
 * The name of each process below `root`: that of `names` where it has one, otherwise its parent's. A process without a named ancestor, such as
 * the root itself, is called `rootName`.
 */
export function nameProcesses(
  stats: readonly ProcessStat[],
  { root, rootName, names }: { root: number; rootName: string; names: ReadonlyMap<number, string> },
): Map<number, string> {
  const children = Map.groupBy(stats, ({ parent }) => parent);
  const named = new Map<number, string>();
  const visit = (pid: number, inherited: string) => {
    const name = names.get(pid) ?? inherited;
    named.set(pid, name);
    for (const child of children.get(pid) ?? []) visit(child.pid, name);
  };
  visit(root, rootName);
  return named;
}

/** Every process that runs now. One that ends meanwhile is left out. */
export function readProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      const line = readOrNull(`/proc/${pid}/stat`);
      return line === null ? [] : [parseStat(line)];
    });
}

/** The memory of a process; zero for one that has ended. */
export function readMemory(pid: number): Memory {
  const rollup = readOrNull(`/proc/${pid}/smaps_rollup`) ?? '';
  const kilobytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
  return { rss: kilobytes('Rss') * 1024, pss: kilobytes('Pss') * 1024 };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
