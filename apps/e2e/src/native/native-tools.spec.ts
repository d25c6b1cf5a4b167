import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  anthropicMessages,
  gemini,
  headerKey,
  openAi,
  type Provider,
  startStrictAnthropic,
  StrictGemini,
  strictKey,
  StrictResponsesServer,
} from '@antiphon/llm/testing';
import { nativeProvider, runAt } from './native-run.ts';

let responses: StrictResponsesServer;
let anthropic: Awaited<ReturnType<typeof startStrictAnthropic>>;
let google: StrictGemini;
const providers: Provider[] = [];
function connected(provider: Provider): Provider {
  providers.push(provider);
  return provider;
}
const openaiAt = (options: object = {}) =>
  connected(nativeProvider(responses.baseUrl, { protocol: openAi, account: 'openai', ...options }));
const anthropicAt = () =>
  connected(
    nativeProvider(anthropic.url, {
      protocol: anthropicMessages,
      account: 'anthropic',
      authorizer: headerKey('x-api-key', strictKey),
    }),
  );
const geminiAt = () =>
  connected(
    nativeProvider(`${google.origin}/v1beta`, {
      protocol: gemini,
      account: 'google',
      authorizer: headerKey('x-goog-api-key', 'key'),
    }),
  );

beforeAll(async () => {
  responses = await StrictResponsesServer.start('a');
  anthropic = await startStrictAnthropic();
  google = await StrictGemini.start();
});
afterAll(async () => {
  await Promise.all(providers.map((provider) => provider.close()));
  await Promise.all([responses.stop(), anthropic.close(), google.stop()]);
});

const kinds = ['web_search', 'code_interpreter'] as const;
const models = {
  openai: { provider: openaiAt, model: 'gpt-5' },
  anthropic: { provider: anthropicAt, model: 'claude-opus-4-8' },
  google: { provider: geminiAt, model: 'gemini-2.5-flash' },
};

const search = {
  type: 'web_search_call',
  status: 'completed',
  action: {
    type: 'search',
    query: 'tides',
    queries: ['tides'],
    sources: [{ type: 'url', url: 'https://sea.example/tides' }],
  },
};

describe('hosted tools that a provider runs itself', () => {
  it.each(Object.entries(models))(
    'at %s become the items of the API, and go back to it as they came',
    async (_name, { provider: connect, model }) => {
      const provider = connect();
      for (const kind of kinds) {
        const first = await runAt(provider, { model, kinds: [kind] });
        expect(first.response.error).toBe(null);
        expect(first.ranHere).toEqual([]);
        const [call] = first.items.filter(({ type }) => type === `${kind}_call`);
        expect(call).toMatchObject(
          kind === 'web_search' ? search : { status: 'completed', outputs: [{ type: 'logs' }] },
        );
        const next = await runAt(provider, { model, kinds: [kind], history: first.history });
        expect(next.response.error).toBe(null);
        expect(next.response.status).toBe('completed');
      }
    },
  );

  it.each(Object.entries(models))(
    'at %s are a part of a conversation that goes on at a provider which runs none',
    async (_name, { provider: connect, model }) => {
      const first = await runAt(connect(), { model, kinds: ['web_search'] });
      const ours = openaiAt({ hostedTools: 'ours', account: 'other' });
      const next = await runAt(ours, {
        model: 'gpt-5',
        kinds: ['web_search'],
        history: first.history,
        text: 'no calls',
      });
      expect(next.response.error).toBe(null);
      expect(responses.calls.at(-1)?.body['input']).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            type: 'function_call',
            name: 'web_search',
            arguments: '{"queries":["tides"]}',
          }),
          expect.objectContaining({ type: 'function_call_output' }),
        ]),
      );
    },
  );

  it('have the same items as tools that run here', async () => {
    const native = await runAt(openaiAt(), { model: 'gpt-5', kinds: ['web_search'] });
    const ours = await runAt(openaiAt({ hostedTools: 'ours' }), { model: 'gpt-5', kinds: ['web_search'] });
    expect(ours.ranHere).toEqual(['web_search']);
    const calls = ({ items }: typeof native) => items.filter(({ type }) => type === 'web_search_call');
    expect(calls(native)).toEqual([search]);
    expect(calls(native)).toEqual(calls(ours));
  });
});
