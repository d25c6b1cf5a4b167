import type { ModelDelta } from '@antiphon/contracts';
import {
  cut,
  end,
  event,
  fail,
  finish,
  hang,
  type ProviderStep,
  ScriptedProvider,
  text,
  usage,
} from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import type { ModelRoute } from '../provider-config/provider-settings.ts';
import { connectTo } from '../providers/__fixtures__/connect.ts';
import { modelRequest } from '../providers/__fixtures__/model-request.ts';
import type { HttpProvider, HttpProviderOptions } from '../providers/http-provider.ts';
import { ModelHealth } from './health/model-health.ts';
import { ModelCatalog } from './model-catalog.ts';
import { ModelRouter, type RoutedRequest } from './model-router.ts';

const never = new AbortController().signal;
const config = loadConfig({}, { providers: { backoff_min: '1ms', backoff_max: '1ms' } });
let red: ScriptedProvider;
let blue: ScriptedProvider;
let providers: HttpProvider[];

beforeEach(async () => {
  red = await ScriptedProvider.start(() => [text('I am red.')]);
  blue = await ScriptedProvider.start(() => [text('I am blue.')]);
  providers = [];
});

afterEach(async () => {
  await Promise.all(providers.map((provider) => provider.close()));
  await Promise.all([red.stop(), blue.stop()]);
});

function connect(
  name: string,
  server: ScriptedProvider,
  limits: Partial<HttpProviderOptions> = {},
): HttpProvider {
  const provider = connectTo(server.baseUrl, { name, ...limits });
  providers.push(provider);
  return provider;
}

/** A router with the name `smart` for red and then blue. */
function createRouter(
  route: Partial<ModelRoute> = {},
  limits: Partial<HttpProviderOptions> = {},
  windows: Record<string, number> = {},
): ModelRouter {
  const inUse = {
    providers: [connect('red', red, limits), connect('blue', blue)],
    weights: new Map<string, number>(),
    models: new Map<string, ModelRoute>([
      [
        'smart',
        {
          route: [
            { to: 'red/scripted-model', weight: 1 },
            { to: 'blue/scripted-model', weight: 1 },
          ],
          fallback: [],
          select: 'order',
          fallbackOn: [],
          ...route,
        },
      ],
    ]),
  };
  const facts = {
    contextWindow: ({ provider }: { provider: string }) => windows[provider] ?? null,
    price: () => null,
  };
  const health = new ModelHealth(config.health, { facts });
  return new ModelRouter(inUse, new ModelCatalog(inUse, config.models), health, config.attempts);
}

async function ask(router: ModelRouter, changes: Partial<RoutedRequest> = {}): Promise<ModelDelta[]> {
  const deltas: ModelDelta[] = [];
  for await (const burst of router.ask({ ...modelRequest('Hi', { model: 'smart' }), ...changes }, never))
    deltas.push(...burst);
  return deltas;
}

const anyNumber = expect.any(Number) as number;
const saidBy = (deltas: readonly ModelDelta[]) =>
  deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');

describe('the next provider answers', () => {
  it.each<[string, ProviderStep[], string]>([
    ['after a rate limit', [fail(429)], 'rate_limited'],
    ['after a server error', [fail(500)], 'model_error'],
    [
      'after an overload inside a stream',
      [event({ error: { type: 'overloaded_error', message: 'busy' } })],
      'model_overloaded',
    ],
    ['after a connection that breaks', [cut()], 'unavailable'],
    ['after an answer without content', [finish('stop')], 'model_error'],
  ])('%s, and the end reports both attempts', async (_what, script, outcome) => {
    red.script = () => script;
    const deltas = await ask(createRouter());
    expect(saidBy(deltas)).toBe('I am blue.');
    expect(deltas.at(-1)).toMatchObject({
      type: 'end',
      provider: 'blue',
      attempts: [
        { provider: 'red', model: 'scripted-model', outcome, startedAfterMs: anyNumber },
        { provider: 'blue', model: 'scripted-model', outcome: 'ok', startedAfterMs: anyNumber },
      ],
      firstOutputMs: anyNumber,
    });
    expect(deltas.at(-1)).not.toHaveProperty('costUsd');
    expect(red.calls).toHaveLength(1);
  });

  it('after silence', async () => {
    red.script = () => [hang()];
    expect(saidBy(await ask(createRouter({}, { firstByteTimeoutMs: 50, silenceTimeoutMs: 50 })))).toBe(
      'I am blue.',
    );
    expect(red.calls).toHaveLength(1);
  });

  it('after a context that is too long, where its model is larger', async () => {
    red.script = () => [fail(400, { code: 'context_length_exceeded', message: 'too long' })];
    expect(saidBy(await ask(createRouter({}, {}, { red: 8_000, blue: 16_000 })))).toBe('I am blue.');
    await expect(ask(createRouter())).rejects.toMatchObject({ code: 'context_too_long' });
    expect(blue.calls).toHaveLength(1);
  });

  it('after refused content, where the route says so', async () => {
    red.script = () => [finish('content_filter')];
    const fallbackOn = ['content_filter'] as const;
    const deltas = await ask(createRouter({ fallbackOn }));
    expect(saidBy(deltas)).toBe('I am blue.');
    expect(deltas.at(-1)).toMatchObject({
      provider: 'blue',
      attempts: [
        { provider: 'red', outcome: 'content_filter' },
        { provider: 'blue', outcome: 'ok' },
      ],
    });
    blue.script = () => [fail(400)];
    expect((await ask(createRouter({ fallbackOn }))).at(-1)).toMatchObject({
      finishReason: 'content_filter',
      provider: 'red',
    });
    expect((await ask(createRouter())).at(-1)).toMatchObject({
      finishReason: 'content_filter',
      provider: 'red',
    });
  });
});

describe('an answer that breaks off', () => {
  it('has failed where a client reads it', async () => {
    red.script = () => [text('Half'), cut()];
    const answer = createRouter().ask(modelRequest('Hi', { model: 'smart' }), never);
    expect(saidBy((await answer.next()).value ?? [])).toBe('Half');
    const source = { provider: 'red', model: 'scripted-model' };
    await expect(answer.next()).rejects.toMatchObject({ code: 'model_error', source });
    expect(blue.calls).toHaveLength(0);
    const again = { ...modelRequest('Hi', { model: 'smart' }), avoid: [source] };
    expect(saidBy((await createRouter().ask(again, never).next()).value ?? [])).toBe('I am blue.');
  });

  it('is repeated at the next provider where the caller gets it whole', async () => {
    red.script = () => [text('Half'), cut()];
    const deltas = await ask(createRouter(), { isHeld: true, gather: true });
    expect(saidBy(deltas)).toBe('I am blue.');
  });
});

describe('a refused request', () => {
  it('ends at the first provider', async () => {
    red.script = () => [fail(400, { message: 'temperature is too high' }), end()];
    await expect(ask(createRouter())).rejects.toMatchObject({ code: 'model_refused' });
    expect(blue.calls).toHaveLength(0);
  });
});

describe('all attempts', () => {
  it('are part of the error where none succeeds, with their kinds', async () => {
    red.script = () => [fail(429, { headers: { 'retry-after': '600' } })];
    blue.script = () => [fail(500, { headers: { 'retry-after': '600' } })];
    const attempts = [
      { provider: 'red', outcome: 'rate_limited', kind: 'rate_limit', durationMs: anyNumber },
      { provider: 'blue', outcome: 'model_error', kind: 'failed', durationMs: anyNumber },
    ];
    await expect(ask(createRouter())).rejects.toMatchObject({ attempts });
  });

  it('report what the answer cost, by the prices of its provider', async () => {
    const tokens = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };
    red.script = () => [text('I am red.'), usage(tokens)];
    const pricesOf = () => ({ input: 3, output: 15, cachedInput: null, cacheWrite: null });
    expect((await ask(createRouter({}, { pricesOf }))).at(-1)).toMatchObject({ costUsd: 0.0045 });
  });

  it('share one deadline', async () => {
    red.script = () => [hang()];
    const inUse = { providers: [connect('red', red)], weights: new Map(), models: new Map() };
    const router = new ModelRouter(
      inUse,
      new ModelCatalog(inUse, config.models),
      new ModelHealth(config.health),
      { ...config.attempts, timeoutMs: 300 },
    );
    await expect(ask(router, { model: 'red/scripted-model' })).rejects.toMatchObject({
      message: expect.stringContaining('No provider began to answer') as string,
    });
    expect((await red.call(0)).closed).toBeDefined();
  });
});
