import { type ScenarioResult, summarise } from './results.ts';
import type { BenchContext, Sample, Scenario } from './scenarios/scenario.ts';

export interface RunOptions {
  rounds: number;
  print: (line: string) => void;
  /** Called before and after the last round of a scenario, whose load is profiled. */
  profile?: { start: () => Promise<void>; stop: (scenario: string) => Promise<void> } | undefined;
}

/** Runs a scenario: a warm-up of each contestant, then rounds in which they take turns. */
export async function runScenario(
  scenario: Scenario,
  bench: BenchContext,
  { rounds, print, profile }: RunOptions,
): Promise<ScenarioResult> {
  await renewCallers(bench);
  const { contestants, cleanUp } = await scenario.prepare(bench);
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round <= rounds; round++) {
      print(
        round === 0 ? `… ${scenario.name}: warming up` : `… ${scenario.name}: round ${round} of ${rounds}`,
      );
      for (const [place, { name, run }] of contestants.entries()) {
        await renewCallers(bench);
        // The first contestant is the system.
        const isProfiled = profile !== undefined && place === 0 && round === rounds;
        if (isProfiled) await profile.start();
        const sample = await run();
        if (isProfiled) await profile.stop(scenario.name);
        if (round > 0) samples.get(name)?.push(sample);
      }
    }
  } finally {
    await cleanUp?.();
  }
  return summarise(scenario, samples);
}

/** Gives the contestants callers whose tokens are valid for the next load. */
export async function renewCallers({ antiphon, compact }: BenchContext): Promise<void> {
  await antiphon.callers.renew();
  await compact?.callers.renew();
}
