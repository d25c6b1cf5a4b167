import { setTimeout as delay } from 'node:timers/promises';
import { readMemory } from '../process/process-tree.ts';
import { Antiphon, makeDataFolder, removeDataFolder, type StartOptions } from '../targets/antiphon.ts';
import type { BenchContext, Sample, Scenario } from './scenario.ts';

/** The time from its start after which a stack is idle. */
const idleAfterMs = 45_000;
const quickIdleAfterMs = 3_000;
const megabyte = 1024 * 1024;
const services = ['auth', 'responses', 'llm', 'mcp', 'worker', 'compact', 'local-gateway'];
const parts = ['postgres', 'nats', 'launcher'];

/** The warm start, on all cores, and the memory of the idle stack. */
export const startUp: Scenario = {
  name: 'start-up',
  title: 'Start and memory of the idle stack',
  how:
    '`npm start` on a data folder that has been used before, on all cores, until it reports that it is ready; then the memory of the idle stack, in MB. ' +
    'Helpers are the processes that services have started, such as the one that keeps Python warm.',
  metrics: {
    seconds: { label: 'warm start s', digits: 1 },
    rss: { label: 'RSS', digits: 0 },
    pss: { label: 'PSS', digits: 0 },
    largest: { label: 'largest service RSS', digits: 0 },
    ...Object.fromEntries(
      [...services, 'helpers', ...parts].map((name) => [name, { label: name, digits: 0 }]),
    ),
  },
  prepare: async (bench) => {
    const names = bench.compact ? [bench.antiphon.name, bench.compact.name] : [bench.antiphon.name];
    const systems = names.map((name) => ({ name, folder: makeDataFolder() }));
    return {
      contestants: systems.map(({ name, folder }) => ({
        name,
        run: () => runStart(bench, { folder, isCompact: name === bench.compact?.name }),
      })),
      cleanUp: async () => {
        for (const { folder } of systems) removeDataFolder(folder);
      },
    };
  },
};

async function runStart(
  { providerOrigin, isQuick }: BenchContext,
  options: Pick<StartOptions, 'folder' | 'isCompact'>,
): Promise<Sample> {
  const started = await Antiphon.start({ ...options, providerOrigin, core: null });
  try {
    await delay(isQuick ? quickIdleAfterMs : idleAfterMs);
    const memory = started.processes.memory();
    const groupRss = (name: string) => (memory[name]?.rss ?? 0) / megabyte;
    const pids = started.pids();
    const own = Object.fromEntries(
      services.flatMap((name) => {
        const pid = pids.get(name);
        return pid === undefined ? [] : [[name, readMemory(pid).rss / megabyte]];
      }),
    ) as Record<string, number>; // `fromEntries` of such pairs
    const sum = (of: 'rss' | 'pss') =>
      Object.values(memory).reduce((bytes, part) => bytes + part[of], 0) / megabyte;
    return {
      metrics: {
        seconds: started.secondsToReady,
        rss: sum('rss'),
        pss: sum('pss'),
        largest: Math.max(...Object.values(own)),
        ...own,
        helpers: services.reduce((rest, name) => rest + groupRss(name) - (own[name] ?? 0), 0),
        ...Object.fromEntries(parts.map((name) => [name, groupRss(name)])),
      },
    };
  } finally {
    await started.stop();
  }
}
