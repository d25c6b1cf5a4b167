import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { HttpClient, type LoadRequest } from '../load/http-client.ts';
import { closedLoop, type LoadResult, openLoop, withoutFailures } from '../load/loops.ts';
import type { ProcessGroup } from '../process/process-group.ts';
import { sharedClockUs } from '../provider/chat-answer.ts';
import { modelName } from '../provider/chat-script.ts';
import { percentile } from '../statistics.ts';
import type { Antiphon } from '../targets/antiphon.ts';
import { chatRequest } from '../targets/target.ts';
import { type BenchContext, each, type Metric, type Sample, type Scenario, withCpu } from './scenario.ts';

const model = modelName({ tokens: 64 });
const burst = { jobs: 300, connections: 16 };
const steadyPerSecond = 20;
const pollMs = 20;
const doneTimeoutMs = 120_000;

const metrics: Record<string, Metric> = {
  donePerSecond: { label: 'done/s', digits: 0 },
  cpuMs: { label: 'CPU ms a job', digits: 2 },
  ack: { label: 'ack p50 ms', digits: 1 },
  start: { label: 'queue to start p50 ms', digits: 1 },
  startP99: { label: 'p99 ms', digits: 1 },
};

/** A contestant that runs jobs: the system's background runs, or the queue in memory. */
interface JobTaker {
  name: string;
  origin: string;
  processes: ProcessGroup;
  request: (prompt: string) => LoadRequest;
  /** How many jobs have ended since the taker began. */
  countDone: () => Promise<number>;
}

export const background: Scenario = {
  name: 'background',
  title: 'Background, a burst',
  how: `${burst.jobs} runs over ${burst.connections} connections. A run starts when its prompt reaches the provider.`,
  metrics,
  prepare: (bench) =>
    withTakers(bench, (jobs) =>
      closedLoop({ connections: burst.connections, durationMs: Infinity, count: burst.jobs }, jobs),
    ),
};

export const backgroundSteady: Scenario = {
  name: 'background-steady',
  title: `Background at ${steadyPerSecond} runs/s`,
  how: 'An open loop. A run starts when its prompt reaches the provider.',
  metrics,
  prepare: (bench) =>
    withTakers(bench, (jobs) => openLoop({ perSecond: steadyPerSecond, durationMs: bench.durationMs }, jobs)),
};

async function withTakers(
  { antiphon, compact, queue, providerOrigin }: BenchContext,
  load: (job: (place: number) => Promise<void>) => Promise<LoadResult>,
) {
  const systems = await Promise.all((compact ? [antiphon, compact] : [antiphon]).map(takerOf));
  const queueClient = new HttpClient(queue.origin, 1);
  const takers: JobTaker[] = [
    ...systems.map(({ taker }) => taker),
    {
      name: 'queue in memory',
      origin: queue.origin,
      processes: queue.processes,
      request: (prompt) => chatRequest({ model, input: prompt }),
      countDone: async () => {
        const { done } = await queueClient.sendJson<{ done: number }>({
          method: 'GET',
          path: '/done',
          headers: {},
        });
        return done;
      },
    },
  ];
  return {
    contestants: takers.map((taker) => ({
      name: taker.name,
      run: () => runJobs(taker, providerOrigin, load),
    })),
    cleanUp: async () => {
      await Promise.all([...systems.map(({ close }) => close()), queueClient.close()]);
    },
  };
}

/** The background runs of a system, counted in its database. */
async function takerOf(system: Antiphon): Promise<{ taker: JobTaker; close: () => Promise<void> }> {
  const database = new pg.Client({ connectionString: await system.databaseUrl() });
  await database.connect();
  const taker: JobTaker = {
    name: system.name,
    origin: system.origin,
    processes: system.processes,
    request: (prompt) => ({
      path: '/v1/responses',
      headers: { 'content-type': 'application/json', ...system.callers.headers() },
      body: JSON.stringify({ model, input: prompt, background: true }),
    }),
    countDone: async () => {
      const { rows } = await database.query<{ count: number }>(
        `select count(*)::int as count from responses.responses where background and status = 'completed'`,
      );
      return rows[0]?.count ?? 0;
    },
  };
  return { taker, close: () => database.end() };
}

async function runJobs(
  taker: JobTaker,
  providerOrigin: string,
  load: (job: (place: number) => Promise<void>) => Promise<LoadResult>,
): Promise<Sample> {
  const client = new HttpClient(taker.origin, burst.connections);
  const provider = new HttpClient(providerOrigin, 1);
  const arrivals = () =>
    provider.sendJson<Record<string, number>>({ method: 'GET', path: '/bench/arrivals', headers: {} });
  const ackedAtUs = new Map<string, number>();
  try {
    await arrivals();
    const doneBefore = await taker.countDone();
    const startedAt = performance.now();
    const { outcome, cpuMs, totalMs } = await withCpu(taker.processes, async () => {
      const result = withoutFailures(
        await load(async (place) => {
          const prompt = `job ${place}`;
          await client.send(taker.request(prompt));
          ackedAtUs.set(prompt, sharedClockUs());
        }),
      );
      await untilDone(taker, doneBefore + result.done);
      return result;
    });
    const elapsedMs = performance.now() - startedAt;
    // A run may start before the client has read its acknowledgement.
    const startsMs = Object.entries(await arrivals()).map(([prompt, atUs]) =>
      Math.max(0, (atUs - (ackedAtUs.get(prompt) ?? NaN)) / 1000),
    );
    return {
      metrics: {
        donePerSecond: (outcome.done * 1000) / elapsedMs,
        cpuMs: totalMs / outcome.done,
        ack: percentile(outcome.latenciesMs, 0.5),
        start: percentile(startsMs, 0.5),
        startP99: percentile(startsMs, 0.99),
      },
      cpuMs: each(cpuMs, outcome.done),
    };
  } finally {
    await Promise.all([client.close(), provider.close()]);
  }
}

async function untilDone({ name, countDone }: JobTaker, expected: number): Promise<void> {
  const timeout = AbortSignal.timeout(doneTimeoutMs);
  for (let done = await countDone(); done < expected; done = await countDone()) {
    if (timeout.aborted) throw new Error(`${name} lost ${expected - done} jobs, or takes too long for them`);
    await delay(pollMs);
  }
}
