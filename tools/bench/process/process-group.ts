import { type Memory, nameProcesses, readMemory, readProcesses } from './process-tree.ts';

/** Processor time or memory by the name of the process. */
export type ByName<T> = Record<string, T>;

/** Measures a program and all its descendants from outside. Linux only; elsewhere it reports none. */
export class ProcessGroup {
  private readonly root: number;
  private readonly rootName: string;
  private readonly names: ReadonlyMap<number, string>;

  /** `names` has the names of processes below the root, by process id. */
  constructor(root: number, rootName: string, names: ReadonlyMap<number, string> = new Map()) {
    this.root = root;
    this.rootName = rootName;
    this.names = names;
  }

  /** Processor time since each process began, in milliseconds. Only differences mean something. */
  cpuMs(): ByName<number> {
    const sums: ByName<number> = {};
    for (const { name, cpuMs } of this.named()) sums[name] = (sums[name] ?? 0) + cpuMs;
    return sums;
  }

  /** Memory, with the processes that a service has started added to it. */
  memory(): ByName<Memory> {
    const sums: ByName<Memory> = {};
    for (const { name, pid } of this.named()) {
      const { rss, pss } = readMemory(pid);
      const sum = (sums[name] ??= { rss: 0, pss: 0 });
      sum.rss += rss;
      sum.pss += pss;
    }
    return sums;
  }

  private named(): { name: string; pid: number; cpuMs: number }[] {
    if (process.platform !== 'linux') return [];
    const stats = readProcesses();
    const tree = { root: this.root, rootName: this.rootName, names: this.names };
    const named = nameProcesses(stats, tree);
    return stats.flatMap(({ pid, cpuMs }) => {
      const name = named.get(pid);
      return name === undefined ? [] : [{ name, pid, cpuMs }];
    });
  }
}

/** The use between two measurements of a group. */
export function difference(before: ByName<number>, after: ByName<number>): ByName<number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  );
}

export function total(values: ByName<number>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}
