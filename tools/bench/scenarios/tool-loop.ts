import { HttpClient } from '../load/http-client.ts';
import { closedLoop, withoutFailures } from '../load/loops.ts';
import { modelName } from '../provider/chat-script.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../targets/target.ts';
import { each, type Sample, type Scenario, withCpu } from './scenario.ts';

const connections = 8;
const model = modelName({ tokens: 64, callsTools: true });
const input = 'What are 6 * 7 and 6 + 7?';

/** The tools of the server as the request of the openai dialect names them. */
const tools = [
  { type: 'mcp', server_label: 'antiphon', require_approval: 'never', allowed_tools: ['calculate'] },
];

export const toolLoop: Scenario = {
  name: 'tool-loop',
  title: 'Tool loop',
  how:
    `A closed loop of ${connections} connections: the model calls two tools at once, and answers in a second turn. ` +
    'The other contestants send two requests after each other and run no tools.',
  metrics: {
    perSecond: { label: 'runs/s', digits: 0 },
    cpuMs: { label: 'CPU ms a run', digits: 2 },
    p50: { label: 'p50 ms', digits: 1 },
  },
  prepare: async ({ antiphon, targets, durationMs }) => ({
    contestants: targets.map((target) => ({
      name: target.name,
      run: () =>
        target === antiphon
          ? runLoop(target, durationMs, async (client) => {
              const { output } = await client.sendJson<{ output: { type: string }[] }>({
                path: '/v1/responses',
                headers: { 'content-type': 'application/json', ...antiphon.callers.headers() },
                body: JSON.stringify({ model, input, tools }),
              });
              const calls = output.filter(({ type }) => type === 'mcp_call').length;
              if (calls !== 2) throw new Error(`the run has ${calls} tool calls instead of 2`);
            })
          : runLoop(target, durationMs, async (client) => {
              for (let turn = 0; turn < 2; turn++)
                await client.send(target.request({ model, input, store: false }));
            }),
    })),
  }),
};

async function runLoop(
  target: Target,
  durationMs: number,
  run: (client: HttpClient) => Promise<void>,
): Promise<Sample> {
  const client = new HttpClient(target.origin, connections);
  try {
    const { outcome, cpuMs, totalMs } = await withCpu(target.processes, async () =>
      withoutFailures(await closedLoop({ connections, durationMs }, () => run(client))),
    );
    return {
      metrics: {
        perSecond: (outcome.done * 1000) / outcome.elapsedMs,
        cpuMs: totalMs / outcome.done,
        p50: percentile(outcome.latenciesMs, 0.5),
      },
      cpuMs: each(cpuMs, outcome.done),
    };
  } finally {
    await client.close();
  }
}
