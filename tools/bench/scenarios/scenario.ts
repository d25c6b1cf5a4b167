import { difference, total, type ByName, type ProcessGroup } from '../process/process-group.ts';
import type { Antiphon } from '../targets/antiphon.ts';
import type { JobQueue } from '../targets/baselines.ts';
import type { Target } from '../targets/target.ts';

/** A figure of a scenario. */
export interface Metric {
  label: string;
  digits: number;
  /** The time that the provider itself takes in the same round is subtracted: the rest is the contestant's own time. */
  aboveDirect?: boolean;
}

/** The result of one run of a contestant: figures by the keys of the scenario's metrics, and processor time for one operation by process. */
export interface Sample {
  metrics: Record<string, number>;
  cpuMs?: ByName<number>;
}

/** One side of a comparison. */
export interface Contestant {
  name: string;
  run: () => Promise<Sample>;
}

/** The surroundings of a scenario. */
export interface BenchContext {
  readonly antiphon: Antiphon;
  /** The system in one process; null where it is not measured. */
  readonly compact: Antiphon | null;
  /** The system, also in one process, the provider itself, the relay, and the peers that run. */
  readonly targets: readonly Target[];
  readonly queue: JobQueue;
  readonly providerOrigin: string;
  /** How long one load lasts. */
  readonly durationMs: number;
  /** Whether sizes are smaller, to check that everything works. */
  readonly isQuick: boolean;
}

/** A load and its figures. */
export interface Scenario {
  /** For `--only` and for the budget. */
  readonly name: string;
  readonly title: string;
  /** How it is measured, in a sentence. */
  readonly how: string;
  readonly metrics: Record<string, Metric>;
  /** Prepares the runs. The contestants then take turns; the first turn of each warms up and does not count. */
  prepare(bench: BenchContext): Promise<{ contestants: Contestant[]; cleanUp?: () => Promise<void> }>;
}

/** Does the work and adds up the processor time that a group of processes took for it. */
export async function withCpu<T>(
  processes: ProcessGroup | null,
  work: () => Promise<T>,
): Promise<{ outcome: T; cpuMs: ByName<number>; totalMs: number }> {
  const before = processes?.cpuMs() ?? {};
  const outcome = await work();
  const cpuMs = difference(before, processes?.cpuMs() ?? {});
  return { outcome, cpuMs, totalMs: processes === null ? NaN : total(cpuMs) };
}

/** The same time, for one of `count` operations. */
export function each(cpuMs: ByName<number>, count: number): ByName<number> {
  return Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, ms / count]));
}
