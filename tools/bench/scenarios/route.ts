import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from '../load/http-client.ts';
import { modelName } from '../provider/chat-script.ts';
import type { Antiphon } from '../targets/antiphon.ts';
import { loadOf } from './plain-create.ts';
import { loopMetrics } from './loop-sample.ts';
import type { Scenario } from './scenario.ts';

const model = modelName({ tokens: 64 });
const input = 'Say something of 64 tokens.';
const connections = 32;
const routed = 'bench-routed';
const reloadTimeoutMs = 15_000;
const reloadPollMs = 500;

/** The cost of a choice between two targets. */
export const routeOfTwo: Scenario = {
  name: 'route',
  title: 'Plain create over a route of two providers',
  how: `A closed loop of ${connections} connections, not stored, beside the same model at one provider. Both providers are the same server.`,
  metrics: loopMetrics('request'),
  prepare: async ({ antiphon, providerOrigin, durationMs }) => {
    const providers = ['left', 'right'].map((name) => ({
      ...{ name, preset: 'openai_compatible', base_url: `${providerOrigin}/v1`, models: [model] },
    }));
    const route = providers.map(({ name }) => `${name}/${model}`);
    writeFileSync(antiphon.providersFile, JSON.stringify({ providers, models: { [routed]: { route } } }));
    await untilListed(antiphon, routed);
    const run = (asked: string) => () =>
      loadOf(antiphon, () => antiphon.request({ model: asked, input, store: false }), {
        connections,
        durationMs,
      });
    return {
      contestants: [
        { name: 'a route of two', run: run(routed) },
        { name: 'one provider', run: run(`left/${model}`) },
      ],
      cleanUp: async () => writeFileSync(antiphon.providersFile, '{}'),
    };
  },
};

/** Waits until the service has read its file of providers again. */
async function untilListed({ origin, callers }: Antiphon, name: string): Promise<void> {
  const client = new HttpClient(origin, 1);
  const deadline = performance.now() + reloadTimeoutMs;
  try {
    for (;;) {
      const { data } = await client.sendJson<{ data: { id: string }[] }>({
        method: 'GET',
        path: '/v1/models',
        headers: callers.headers(),
      });
      if (data.some(({ id }) => id === name)) return;
      if (performance.now() > deadline) throw new Error(`the model ${name} is not listed`);
      await delay(reloadPollMs);
    }
  } finally {
    await client.close();
  }
}
