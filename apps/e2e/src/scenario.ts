import { it } from 'vitest';
import type { RequirementId } from './requirements.ts';

/** A test of the system, with the requirements that it proves. `requirements.spec.ts` looks for their ids in the specs. */
export function scenario(
  proves: RequirementId | readonly RequirementId[],
  title: string,
  run: () => Promise<void>,
  timeoutMs?: number,
): void {
  const ids = typeof proves === 'string' ? proves : proves.join(', ');
  it(`${title} [${ids}]`, run, timeoutMs);
}
