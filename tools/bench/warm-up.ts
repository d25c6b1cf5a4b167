import { renewCallers } from './run-scenarios.ts';
import { loadOf, unstored } from './scenarios/plain-create.ts';
import type { BenchContext } from './scenarios/scenario.ts';

const connections = 32;
const longMs = 60_000;
const count = 20_000;

/**
 * Sends plain creates to every contestant before the first scenario, up to 20,000 and for up to a minute each: V8 compiles the functions of a program while it
 * answers its first requests, and a server that runs for days has done so long ago. A quick run does it for as long as one load.
 */
export async function warmUp(bench: BenchContext): Promise<void> {
  const { targets, durationMs, isQuick } = bench;
  await renewCallers(bench);
  for (const target of targets) {
    const options = { connections, durationMs: isQuick ? durationMs : longMs, count };
    await loadOf(target, () => unstored(target), options);
  }
}
