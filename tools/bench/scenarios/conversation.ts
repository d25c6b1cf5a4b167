import { HttpClient } from '../load/http-client.ts';
import { closedLoop, withoutFailures } from '../load/loops.ts';
import { modelName } from '../provider/chat-script.ts';
import { percentile } from '../statistics.ts';
import type { Antiphon } from '../targets/antiphon.ts';
import { type Sample, type Scenario, withCpu } from './scenario.ts';

const model = modelName({ tokens: 16 });
const lateTurn = 200;
const quickLateTurn = 20;
/** Each run measures so many turns from the named one on, in conversations of its own. */
const turns = 5;
const conversations = 4;

/** The cost of a turn early and late in a conversation. */
export const conversationTurns: Scenario = {
  name: 'conversation',
  title: "A conversation's 200th turn",
  how: `The average of ${turns} turns of ${conversations} conversations, one after the other, from the 2nd and from the 200th turn on.`,
  metrics: {
    cpuMs: { label: 'CPU ms a turn', digits: 2 },
    p50: { label: 'p50 ms', digits: 1 },
  },
  prepare: async ({ antiphon, isQuick }) => ({
    contestants: [
      { name: '2nd turn', run: () => runTurns(antiphon, 2) },
      { name: '200th turn', run: () => runTurns(antiphon, isQuick ? quickLateTurn : lateTurn) },
    ],
  }),
};

async function runTurns(antiphon: Antiphon, from: number): Promise<Sample> {
  const client = new HttpClient(antiphon.origin, conversations);
  try {
    const begun = await Promise.all(
      Array.from({ length: conversations }, async () => {
        const headers = { 'content-type': 'application/json', ...antiphon.callers.headers() };
        const { id } = await client.sendJson<{ id: string }>({
          path: '/v1/conversations',
          headers,
          body: '{}',
        });
        const body = JSON.stringify({ model, input: 'Go on.', conversation: id });
        const turn = () => client.send({ path: '/v1/responses', headers, body });
        for (let place = 1; place < from; place++) await turn();
        return turn;
      }),
    );
    const count = conversations * turns;
    const { outcome, totalMs } = await withCpu(antiphon.processes, async () =>
      withoutFailures(
        await closedLoop({ connections: 1, durationMs: Infinity, count }, async (place) =>
          begun[place % conversations]?.(),
        ),
      ),
    );
    return { metrics: { cpuMs: totalMs / count, p50: percentile(outcome.latenciesMs, 0.5) } };
  } finally {
    await client.close();
  }
}
