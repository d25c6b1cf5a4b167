/**
 * `npm run bench`: measures the system beside its baselines, on this machine. It starts everything that it needs, on loopback and
 * with data of its own, and leaves nothing behind. docs/performance.md has the arguments and the results.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchArguments, parseBenchArguments } from './arguments.ts';
import { checkBudget, exitCodeOf } from './budget.ts';
import { describeMachine } from './machine.ts';
import { type Cores, pin, planCores } from './process/cores.ts';
import { killPrograms } from './process/program.ts';
import { Profiler, profilerEnvironment } from './profile/profiler.ts';
import { renderBudget, renderResult } from './report/tables.ts';
import { writePart } from './report/write-docs.ts';
import type { BenchResult } from './results.ts';
import { runScenario } from './run-scenarios.ts';
import { scenarios } from './scenarios/all.ts';
import { warmUp } from './warm-up.ts';
import { Antiphon, makeDataFolder, removeDataFolder, type StartOptions } from './targets/antiphon.ts';
import { directTarget, startQueue, startRelay } from './targets/baselines.ts';
import { startNodeProgram } from './targets/node-program.ts';
import { startPortkey } from './targets/peers.ts';
import { buildIfChanged } from '../build/build.ts';
import { endLeftovers } from '../processes/pid-files.ts';
import { repositoryRoot } from '../repository.ts';
import { onStopRequest } from '../processes/stop-requests.ts';
import { UserError } from '../user-error.ts';

const documentFile = join(repositoryRoot, 'docs/performance.md');
const profileFolder = join(repositoryRoot, '.local/profiles');

/** The functions that end what was started, called in reverse order. */
const ends: (() => unknown)[] = [];

process.on('exit', killPrograms);
onStopRequest({
  stop: () => void endAll().finally(() => process.exit(130)),
  force: () => process.exit(130),
});
try {
  const names = scenarios.map(({ name }) => name);
  process.exitCode = await main(parseBenchArguments(process.argv.slice(2), { names, profileFolder }));
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
} finally {
  await endAll();
}
process.exit();

async function main(options: BenchArguments): Promise<number> {
  await buildIfChanged();
  const cores = planCores();
  console.log(cores.note);
  const bench = await startAll(options, cores);
  const result: BenchResult = {
    at: new Date().toISOString(),
    machine: describeMachine(cores.note),
    rounds: options.rounds,
    isQuick: options.isQuick,
    scenarios: [],
  };
  const profiler = options.profileFolder === null ? null : await Profiler.attach(bench.antiphon);
  const profiles: string[] = [];
  const profile = profiler && {
    start: () => profiler.start(),
    stop: async (scenario: string) => void profiles.push(await profiler.stop(profileFolder, scenario)),
  };
  const failures: string[] = [];
  console.log('… warming up');
  await warmUp(bench);
  for (const scenario of scenarios.filter(({ name }) => options.only?.includes(name) ?? true)) {
    const run = { rounds: options.rounds, print: console.log, ...(profile && { profile }) };
    // The results of the other scenarios are kept.
    await runScenario(scenario, bench, run).then(
      (found) => result.scenarios.push(found),
      (error: unknown) =>
        failures.push(`${scenario.name} failed: ${error instanceof Error ? error.stack : String(error)}`),
    );
  }
  profiler?.detach();
  const outcomes = checkBudget(result);
  const text = `${renderResult(result)}\n\n### The budget\n\n${renderBudget(outcomes)}`;
  console.log(`\n${[text, ...profiles, ...failures].join('\n\n')}`);
  if (options.jsonFile !== null)
    writeFileSync(options.jsonFile, `${JSON.stringify({ ...result, budget: outcomes }, null, 2)}\n`);
  if (options.writeDocs) writePart(documentFile, text);
  return exitCodeOf(options, { outcomes, failures });
}

/** Starts the provider on the core of the load, and everything that is measured on the other. */
async function startAll(
  { withPeers, withCompact, durationMs, isQuick, profileFolder }: BenchArguments,
  cores: Cores,
) {
  const provider = await startNodeProgram('provider/main.ts', [], cores.load);
  ends.push(() => provider.stop());
  const { origin } = provider;
  const relay = await startRelay(origin, cores.system);
  ends.push(() => relay.program.stop());
  const { queue, program: queueProgram } = await startQueue(origin, cores.system);
  ends.push(() => queueProgram.stop());
  const peers = withPeers ? [await startPortkey(origin, cores.system)] : [];
  for (const { program } of peers) ends.push(() => program.stop());

  console.log('… starting the system');
  const antiphon = await startSystem({
    providerOrigin: origin,
    core: cores.system,
    ...(profileFolder !== null && { environment: profilerEnvironment }),
  });
  const compact = withCompact
    ? await startSystem({ providerOrigin: origin, core: cores.system, isCompact: true })
    : null;
  pin(process.pid, cores.load);
  return {
    antiphon,
    compact,
    targets: [
      antiphon,
      ...(compact ? [compact] : []),
      directTarget(origin),
      relay.target,
      ...peers.map(({ target }) => target),
    ],
    queue,
    providerOrigin: origin,
    durationMs,
    isQuick,
  };
}

async function startSystem(options: Omit<StartOptions, 'folder'>): Promise<Antiphon> {
  const folder = makeDataFolder();
  ends.push(async () => {
    await endLeftovers(folder.run);
    removeDataFolder(folder);
  });
  const system = await Antiphon.start({ folder, ...options });
  ends.push(() => system.stop());
  await system.settled();
  return system;
}

async function endAll(): Promise<void> {
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
}
