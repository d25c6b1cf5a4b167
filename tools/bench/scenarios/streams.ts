import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from '../load/http-client.ts';
import { closedLoop, withoutFailures } from '../load/loops.ts';
import { TokenMeter } from '../load/token-meter.ts';
import { sharedClockUs } from '../provider/chat-answer.ts';
import { modelName, pacedLengths } from '../provider/chat-script.ts';
import { percentile } from '../statistics.ts';
import { directTarget } from '../targets/baselines.ts';
import type { Target } from '../targets/target.ts';
import { each, type Sample, type Scenario, withCpu } from './scenario.ts';

const input = 'Tell a story.';
const saturated = { connections: 32, tokens: 512 };
const paced = { streams: 50, tokensPerSecond: 50 };
/** Tried in this order: the streams run at the first rate that provider and load reach without anything between. */
const slowRates = [20, 10, 5, 2];
const slow = { streams: 1000, quickStreams: 100, tryMs: 3_000, tries: 2, behindMax: 0.1 };
const million = 1_000_000;

export const saturatedStreams: Scenario = {
  name: 'streams-saturated',
  title: 'Saturated streams',
  how: `${saturated.connections} streams at a time of ${saturated.tokens} tokens each, as fast as they come; not stored.`,
  metrics: {
    tokensPerSecond: { label: 'tokens/s', digits: 0 },
    cpuSeconds: { label: 'CPU-s per 1M tokens', digits: 1 },
  },
  prepare: async (bench) => ({
    contestants: bench.targets.map((target) => ({
      name: target.name,
      run: () => runSaturated(target, bench.durationMs),
    })),
  }),
};

async function runSaturated(target: Target, durationMs: number): Promise<Sample> {
  const { connections, tokens } = saturated;
  const client = new HttpClient(target.origin, connections);
  const model = modelName({ tokens });
  try {
    const { outcome, cpuMs, totalMs } = await withCpu(target.processes, async () =>
      withoutFailures(
        await closedLoop({ connections, durationMs }, async () => {
          const meter = new TokenMeter(sharedClockUs);
          await client.stream(target.request({ model, input, stream: true, store: false }), (piece) =>
            meter.take(piece),
          );
          if (meter.tokens !== tokens) throw new Error(`${meter.tokens} of ${tokens} tokens arrived`);
        }),
      ),
    );
    const received = outcome.done * tokens;
    return {
      metrics: {
        tokensPerSecond: (received * 1000) / outcome.elapsedMs,
        cpuSeconds: (totalMs / 1000 / received) * million,
      },
      cpuMs: each(cpuMs, outcome.done),
    };
  } finally {
    await client.close();
  }
}

export const pacedStreams: Scenario = {
  name: 'streams-paced',
  title: 'Paced streams',
  how:
    `${paced.streams} streams of ${paced.tokensPerSecond} tokens/s. Transit is the time of a token from the provider's socket to the client's; ` +
    'the first token counts from the request. The time without anything between is subtracted from both.',
  metrics: {
    cpuSeconds: { label: 'CPU-s per 1M tokens', digits: 0 },
    firstToken: { label: 'first token, added p50 ms', digits: 1, aboveDirect: true },
    transit: { label: 'transit, added p50 ms', digits: 2, aboveDirect: true },
  },
  prepare: async (bench) => ({
    contestants: bench.targets.map((target) => ({
      name: target.name,
      run: async () => {
        const tokens = pacedLength(bench.durationMs, paced.tokensPerSecond);
        const { meters, startedAtUs, cpuMs, totalMs } = await runPaced(target, {
          streams: paced.streams,
          tokens,
          tokensPerSecond: paced.tokensPerSecond,
        });
        const received = meters.reduce((sum, meter) => sum + meter.tokens, 0);
        if (received !== paced.streams * tokens)
          throw new Error(`${received} of ${paced.streams * tokens} tokens arrived from ${target.name}`);
        const firsts = meters.map((meter, place) => (meter.firstAtUs ?? NaN) - (startedAtUs[place] ?? NaN));
        return {
          metrics: {
            cpuSeconds: (totalMs / 1000 / received) * million,
            firstToken: percentile(firsts, 0.5) / 1000,
            transit:
              percentile(
                meters.flatMap(({ transitsUs }) => transitsUs),
                0.5,
              ) / 1000,
          },
          cpuMs: each(cpuMs, paced.streams),
        };
      },
    })),
  }),
};

export const slowStreams: Scenario = {
  name: 'streams-slow',
  title: '1,000 slow streams',
  how:
    `${slow.streams} open streams of ${slowRates[0]} tokens/s, or as many as provider and load can reach on this machine: the first column says how many. ` +
    'Behind is how much longer than their pace they took; ' +
    'memory is what all processes have more than before, for each stream.',
  metrics: {
    rate: { label: 'tokens/s a stream', digits: 0 },
    lost: { label: 'tokens lost', digits: 0 },
    behind: { label: 'behind %', digits: 1 },
    kilobytes: { label: 'KB a stream', digits: 0 },
    cpuSeconds: { label: 'CPU-s per 1M tokens', digits: 0 },
  },
  prepare: async (bench) => {
    const streams = bench.isQuick ? slow.quickStreams : slow.streams;
    const tokensPerSecond = await reachableRate(directTarget(bench.providerOrigin), streams);
    return {
      contestants: bench.targets
        .filter(({ processes }) => processes !== null)
        .map((target) => ({
          name: target.name,
          run: () => runSlow(target, { streams, tokensPerSecond, durationMs: bench.durationMs }),
        })),
    };
  },
};

/** The rate that provider and load reach; the lowest one where they reach none. */
async function reachableRate(direct: Target, streams: number): Promise<number> {
  // The first try of a rate also warms up provider and load.
  const rates = slowRates.flatMap((rate) => Array.from({ length: slow.tries }, () => rate));
  for (const tokensPerSecond of rates) {
    const tokens = pacedLength(slow.tryMs, tokensPerSecond);
    const startedAt = performance.now();
    await runPaced(direct, { streams, tokens, tokensPerSecond });
    const behind = behindOf(performance.now() - startedAt, { tokens, tokensPerSecond });
    if (behind <= slow.behindMax) return tokensPerSecond;
  }
  return Math.min(...slowRates);
}

/** How much longer than its pace a load took, as a share. */
function behindOf(
  elapsedMs: number,
  { tokens, tokensPerSecond }: { tokens: number; tokensPerSecond: number },
): number {
  return Math.max(0, elapsedMs / ((tokens / tokensPerSecond) * 1000) - 1);
}

async function runSlow(
  target: Target,
  { streams, tokensPerSecond, durationMs }: { streams: number; tokensPerSecond: number; durationMs: number },
): Promise<Sample> {
  const tokens = pacedLength(durationMs * 2, tokensPerSecond);
  const before = rssOf(target);
  const startedAt = performance.now();
  const running = runPaced(target, { streams, tokens, tokensPerSecond });
  const paceMs = (tokens / tokensPerSecond) * 1000;
  // All streams are open by the middle of their time.
  await Promise.race([running, delay(paceMs / 2)]);
  const grown = rssOf(target) - before;
  const { meters, totalMs, cpuMs } = await running;
  const received = meters.reduce((sum, meter) => sum + meter.tokens, 0);
  return {
    metrics: {
      rate: tokensPerSecond,
      lost: streams * tokens - received,
      behind: behindOf(performance.now() - startedAt, { tokens, tokensPerSecond }) * 100,
      kilobytes: grown / 1024 / streams,
      cpuSeconds: (totalMs / 1000 / received) * million,
    },
    cpuMs: each(cpuMs, streams),
  };
}

/** Opens all streams at once, spread over one interval of their tokens, and reads them to their ends. */
async function runPaced(
  target: Target,
  { streams, tokens, tokensPerSecond }: { streams: number; tokens: number; tokensPerSecond: number },
) {
  const client = new HttpClient(target.origin, streams);
  const model = modelName({ tokens, tokensPerSecond });
  const meters = Array.from({ length: streams }, () => new TokenMeter(sharedClockUs));
  const startedAtUs: number[] = [];
  const intervalMs = 1000 / tokensPerSecond;
  try {
    const { cpuMs, totalMs } = await withCpu(target.processes, () =>
      Promise.all(
        meters.map(async (meter, place) => {
          await delay((place / streams) * intervalMs);
          startedAtUs[place] = sharedClockUs();
          await client.stream(target.request({ model, input, stream: true, store: false }), (piece) =>
            meter.take(piece),
          );
        }),
      ),
    );
    return { meters, startedAtUs, cpuMs, totalMs };
  } finally {
    await client.close();
  }
}

/** The longest answer that fits into the time. */
function pacedLength(durationMs: number, tokensPerSecond: number): number {
  const tokens = (durationMs / 1000) * tokensPerSecond;
  return pacedLengths.findLast((length) => length <= tokens) ?? Math.min(...pacedLengths);
}

function rssOf({ processes }: Target): number {
  return Object.values(processes?.memory() ?? {}).reduce((sum, { rss }) => sum + rss, 0);
}
