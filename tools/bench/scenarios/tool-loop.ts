import { HttpClient } from '../load/http-client.ts';
import { modelName } from '../provider/chat-script.ts';
import type { Target } from '../targets/target.ts';
import { everyTarget, loopMetrics, loopSample } from './loop-sample.ts';
import type { Sample, Scenario } from './scenario.ts';

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
  metrics: loopMetrics('run'),
  prepare: async (bench) => ({
    contestants: everyTarget(bench, (target) =>
      target === bench.antiphon
        ? runLoop(target, bench.durationMs, async (client) => {
            const { output } = await client.sendJson<{ output: { type: string }[] }>({
              path: '/v1/responses',
              headers: { 'content-type': 'application/json', ...bench.antiphon.callers.headers() },
              body: JSON.stringify({ model, input, tools }),
            });
            const calls = output.filter(({ type }) => type === 'mcp_call').length;
            if (calls !== 2) throw new Error(`the run has ${calls} tool calls instead of 2`);
          })
        : runLoop(target, bench.durationMs, async (client) => {
            for (let turn = 0; turn < 2; turn++)
              await client.send(target.request({ model, input, store: false }));
          }),
    ),
  }),
};

async function runLoop(
  target: Target,
  durationMs: number,
  run: (client: HttpClient) => Promise<void>,
): Promise<Sample> {
  const client = new HttpClient(target.origin, connections);
  try {
    return await loopSample(target, { connections, durationMs }, () => run(client));
  } finally {
    await client.close();
  }
}
