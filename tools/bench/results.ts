import type { Metric, Sample, Scenario } from './scenarios/scenario.ts';
import { median, ratio, spread } from './statistics.ts';

/** A figure over all rounds. */
export interface Figure {
  values: number[];
  median: number;
  /** The range as a share of the median. */
  spread: number;
}

export interface ContestantResult {
  name: string;
  figures: Record<string, Figure>;
  /** Processor time of one operation by process, in milliseconds: medians. Empty where it was not measured. */
  cpuMs: Record<string, number>;
}

export interface ScenarioResult {
  name: string;
  title: string;
  how: string;
  metrics: Record<string, Metric>;
  contestants: ContestantResult[];
}

/** The results of a run of the bench, in the form of `--json`. */
export interface BenchResult {
  at: string;
  machine: string[];
  rounds: number;
  isQuick: boolean;
  scenarios: ScenarioResult[];
}

/** The name under which the provider itself takes part. */
const direct = 'direct';

/** Joins the samples of all rounds. `samples` has those of each contestant, in the order of the rounds. */
export function summarise(
  scenario: Scenario,
  samples: ReadonlyMap<string, readonly Sample[]>,
): ScenarioResult {
  const { name, title, how, metrics } = scenario;
  const valuesOf = (contestant: string, key: string) =>
    (samples.get(contestant) ?? []).map((sample) => sample.metrics[key] ?? NaN);
  const figureOf = (contestant: string, [key, metric]: [string, Metric]): [string, Figure] => {
    const base = metric.aboveDirect ? valuesOf(direct, key) : [];
    const values = valuesOf(contestant, key).map((value, round) => value - (base[round] ?? 0));
    return [key, { values, median: median(values), spread: spread(values) }];
  };
  const contestants = [...samples].map(([contestant, own]) => ({
    name: contestant,
    figures: Object.fromEntries(Object.entries(metrics).map((entry) => figureOf(contestant, entry))),
    cpuMs: mediansOf(own.map(({ cpuMs }) => cpuMs ?? {})),
  }));
  return { name, title, how, metrics, contestants };
}

/** The ratio of a figure of two contestants; null where one was not measured. */
export function ratioOf(
  result: ScenarioResult | undefined,
  metric: string,
  { of, to }: { of: string; to: string },
): number | null {
  const figureOf = (name: string) =>
    result?.contestants.find((contestant) => contestant.name === name)?.figures[metric]?.values ?? [];
  return ratio(figureOf(of), figureOf(to));
}

function mediansOf(samples: readonly Record<string, number>[]): Record<string, number> {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample)));
  return Object.fromEntries(
    [...names].map((name) => [name, median(samples.map((sample) => sample[name] ?? 0))]),
  );
}
