import { HttpClient, type LoadRequest } from '../load/http-client.ts';
import { closedLoop, type LoadResult, openLoop, withoutFailures } from '../load/loops.ts';
import type { ProcessGroup } from '../process/process-group.ts';
import { modelName } from '../provider/chat-script.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../targets/target.ts';
import { everyTarget, loopMetrics } from './loop-sample.ts';
import { each, type Metric, type Sample, type Scenario, withCpu } from './scenario.ts';

const model = modelName({ tokens: 64 });
const input = 'Say something of 64 tokens.';
const connections = 32;
const openRate = 100;

const loadMetrics: Record<string, Metric> = {
  ...loopMetrics('request'),
  p99: { label: 'p99 ms', digits: 1 },
};

/** A closed loop over one kind of request. Failures are errors unless `check` lets them pass. */
export async function loadOf(
  { origin, processes }: { origin: string; processes: ProcessGroup | null },
  next: () => LoadRequest,
  options: { connections: number; durationMs: number; count?: number },
  check: (result: LoadResult) => LoadResult = withoutFailures,
): Promise<Sample> {
  const client = new HttpClient(origin, options.connections);
  try {
    const { outcome, cpuMs, totalMs } = await withCpu(processes, async () =>
      check(await closedLoop(options, () => client.send(next()))),
    );
    const sent = outcome.done + outcome.failed;
    return {
      metrics: {
        perSecond: (outcome.done * 1000) / outcome.elapsedMs,
        failed: outcome.failed,
        cpuMs: totalMs / sent,
        p50: percentile(outcome.latenciesMs, 0.5),
        p99: percentile(outcome.latenciesMs, 0.99),
      },
      cpuMs: each(cpuMs, sent),
    };
  } finally {
    await client.close();
  }
}

/** A request for an answer that is not stored. */
export const unstored = (target: Target) => target.request({ model, input, store: false });

export const plainCreate: Scenario = {
  name: 'plain-create',
  title: 'Plain create, not stored',
  how: `A closed loop of ${connections} connections; answers of 64 tokens; \`store: false\`.`,
  metrics: loadMetrics,
  prepare: async (bench) => ({
    contestants: everyTarget(bench, (target) =>
      loadOf(target, () => unstored(target), { connections, durationMs: bench.durationMs }),
    ),
  }),
};

export const plainCreateStored: Scenario = {
  name: 'plain-create-stored',
  title: 'Plain create, stored',
  how: `The same load with \`store: true\`, beside \`store: false\`.`,
  metrics: loadMetrics,
  prepare: async ({ antiphon, durationMs }) => ({
    contestants: [true, false].map((store) => ({
      name: store ? 'antiphon' : 'antiphon, not stored',
      run: () =>
        loadOf(antiphon, () => antiphon.request({ model, input, store }), { connections, durationMs }),
    })),
  }),
};

export const oneConnection: Scenario = {
  name: 'one-connection',
  title: 'Plain create over one connection',
  how: 'A closed loop of one connection, not stored. The time of the provider itself is subtracted.',
  metrics: {
    p50: { label: 'added p50 ms', digits: 1, aboveDirect: true },
    p99: { label: 'added p99 ms', digits: 1, aboveDirect: true },
  },
  prepare: async (bench) => ({
    contestants: everyTarget(bench, (target) =>
      loadOf(target, () => unstored(target), { connections: 1, durationMs: bench.durationMs }),
    ),
  }),
};

export const steadyRate: Scenario = {
  name: 'steady-rate',
  title: `Plain create at ${openRate} requests/s`,
  how: 'An open loop, not stored: a latency counts from the time at which the request was due. The time of the provider itself is subtracted.',
  metrics: {
    p50: { label: 'added p50 ms', digits: 1, aboveDirect: true },
    p99: { label: 'added p99 ms', digits: 1, aboveDirect: true },
    cpuMs: { label: 'CPU ms a request', digits: 2 },
  },
  prepare: async (bench) => ({
    contestants: everyTarget(bench, async (target) => {
      const client = new HttpClient(target.origin, openRate);
      try {
        const { outcome, cpuMs, totalMs } = await withCpu(target.processes, async () =>
          withoutFailures(
            await openLoop({ perSecond: openRate, durationMs: bench.durationMs }, () =>
              client.send(unstored(target)),
            ),
          ),
        );
        return {
          metrics: {
            p50: percentile(outcome.latenciesMs, 0.5),
            p99: percentile(outcome.latenciesMs, 0.99),
            cpuMs: totalMs / outcome.done,
          },
          cpuMs: each(cpuMs, outcome.done),
        };
      } finally {
        await client.close();
      }
    }),
  }),
};

/** The same request in each wire format. */
const dialectRequests: Record<string, { path: string; body: Record<string, unknown> }> = {
  openai: { path: '/v1/responses', body: { model, input } },
  jan: { path: '/responses/v1/responses', body: { model, input, tools: [] } },
  agent: { path: '/api/v1/responses', body: { model: `openai/${model}`, input, stream: 'off' } },
  codex: { path: '/codex/v1/responses', body: { model, input } },
  messages: {
    path: '/v1/messages',
    body: { model, max_tokens: 256, messages: [{ role: 'user', content: input }] },
  },
};

export const dialects: Scenario = {
  name: 'dialects',
  title: 'Plain create in each dialect',
  how: `A closed loop of ${connections} connections, stored as each dialect does it when the request does not say.`,
  metrics: loadMetrics,
  prepare: async ({ antiphon, durationMs }) => ({
    contestants: Object.entries(dialectRequests).map(([name, { path, body }]) => {
      const text = JSON.stringify(body);
      const next = () => ({
        path,
        headers: { 'content-type': 'application/json', ...antiphon.callers.headers() },
        body: text,
      });
      return { name, run: () => loadOf(antiphon, next, { connections, durationMs }) };
    }),
  }),
};
