import { it } from 'vitest';
import { surroundings } from './system/surroundings.ts';
import type { RequirementId } from './requirements.ts';

/** A test of the system, with the requirements that it proves. `requirements.spec.ts` looks for their ids in the specs. */
export const scenario = scenarioWith(it);

/**
 * A scenario in which services are processes of their own: one of them goes away, or a second one is there. It is skipped where all services
 * are one process; `compact.spec.ts` has what happens to that process.
 */
export const scenarioOfProcesses = scenarioWith(it.skipIf(surroundings().isCompact));

function scenarioWith(test: (title: string, run: () => Promise<void>, timeoutMs?: number) => void) {
  return (
    proves: RequirementId | readonly RequirementId[],
    title: string,
    run: () => Promise<void>,
    timeoutMs?: number,
  ): void => {
    const ids = typeof proves === 'string' ? proves : proves.join(', ');
    test(`${title} [${ids}]`, run, timeoutMs);
  };
}
