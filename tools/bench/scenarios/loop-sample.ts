import { closedLoop, withoutFailures } from '../load/loops.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../targets/target.ts';
import { type BenchContext, type Contestant, each, type Metric, type Sample, withCpu } from './scenario.ts';

/** The figures of a loop over one kind of operation. */
export const loopMetrics = (operation: string): Record<string, Metric> => ({
  perSecond: { label: `${operation}s/s`, digits: 0 },
  cpuMs: { label: `CPU ms a ${operation}`, digits: 2 },
  p50: { label: 'p50 ms', digits: 1 },
});

/** Runs a closed loop against a target and measures it. Throws when an operation fails. */
export async function loopSample(
  { processes }: Target,
  loop: { connections: number; durationMs: number },
  run: () => Promise<void>,
): Promise<Sample> {
  const { outcome, cpuMs, totalMs } = await withCpu(processes, async () =>
    withoutFailures(await closedLoop(loop, run)),
  );
  return {
    metrics: {
      perSecond: (outcome.done * 1000) / outcome.elapsedMs,
      cpuMs: totalMs / outcome.done,
      p50: percentile(outcome.latenciesMs, 0.5),
    },
    cpuMs: each(cpuMs, outcome.done),
  };
}

/** Every target as a contestant. */
export function everyTarget(bench: BenchContext, run: (target: Target) => Promise<Sample>): Contestant[] {
  return bench.targets.map((target) => ({ name: target.name, run: () => run(target) }));
}
