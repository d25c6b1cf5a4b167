import { describe, expect, it } from 'vitest';
import { priceLists } from '../presets/provider-table.ts';
import { loadModelData } from './model-data.ts';
import { factsOfAll, unknownFacts } from './model-facts.ts';
import { ProviderModels, type StatedModels } from './provider-models.ts';

const data = await loadModelData();
const nothing: StatedModels = { facts: {}, prices: {} };
const at = (priceList: string | null, stated = nothing) => new ProviderModels(data, priceList, stated);

describe('the data', () => {
  it.each([
    ['openai', 'gpt-5', 400_000, 128_000],
    ['openai', 'gpt-5-2025-08-07', 400_000, 128_000],
    ['anthropic', 'claude-sonnet-4-5-20250929', 200_000, 64_000],
    ['aws', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_000, 64_000],
    ['google', 'claude-sonnet-4-5@20250929', 200_000, 64_000],
    ['openrouter', 'anthropic/claude-opus-4.8', 1_000_000, 128_000],
    ['google', 'gemini-2.5-pro', 1_048_576, 65_536],
  ])('has %s: %s', (priceList, model, contextWindow, outputTokensMax) => {
    const { factsOf, pricesOf } = at(priceList);
    expect(factsOf(model)).toEqual({
      contextWindow,
      outputTokensMax,
      hasTools: true,
      hasVision: true,
      hasJsonSchema: true,
      hasReasoning: true,
      makesImages: null,
    });
    expect(pricesOf(model)).not.toBeNull();
  });

  const priced = {
    openai: 'gpt-5',
    azure: 'gpt-5',
    openrouter: 'openai/gpt-5',
    anthropic: 'claude-sonnet-4-5',
    google: 'gemini-2.5-flash',
    mistral: 'mistral-large-latest',
    deepseek: 'deepseek-chat',
    moonshotai: 'kimi-k2.6',
    groq: 'llama-3.3-70b-versatile',
    'x-ai': 'grok-4.5',
    perplexity: 'sonar',
    cerebras: 'gpt-oss-120b',
    fireworks: 'accounts/fireworks/models/gpt-oss-120b',
    together: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    cohere: 'command-a-03-2025',
    aws: 'amazon.nova-pro-v1:0',
  };

  it('has each list of prices that the table of providers names', () => {
    expect(Object.keys(priced).sort()).toEqual([...priceLists].sort());
    for (const [list, model] of Object.entries(priced))
      expect(at(list).pricesOf(model)?.input, `${model} at ${list}`).toBeDefined();
  });

  it('has the prices of the provider itself', () => {
    expect(at('openai').pricesOf('gpt-5')).toEqual({
      input: 1.25,
      output: 10,
      cachedInput: 0.125,
      cacheWrite: null,
    });
    expect(at('anthropic').pricesOf('claude-sonnet-4-5')).toMatchObject({ input: { base: 3 } });
    // With the surcharge of a region.
    expect(at('aws').pricesOf('us.anthropic.claude-sonnet-4-5-20250929-v1:0')).toMatchObject({ input: 3.3 });
  });

  it('knows which models do not reason or have no schemas', () => {
    const { factsOf } = at('openai');
    expect(factsOf('gpt-4.1-mini')).toMatchObject({ hasReasoning: false, hasJsonSchema: true });
    expect(at('anthropic').factsOf('claude-3-haiku-20240307')).toEqual({
      ...unknownFacts,
      contextWindow: 200_000,
      outputTokensMax: 4_096,
      hasJsonSchema: false,
      hasReasoning: false,
    });
  });

  it('knows nothing of other names', () => {
    for (const name of [
      'no-such-model',
      '',
      '/',
      'toString',
      '__proto__',
      'our-drafts',
      'gpt-5-'.repeat(100_000),
    ]) {
      expect(at('openai').factsOf(name)).toBeNull();
      expect(at('openrouter').pricesOf(name)).toBeNull();
    }
  });

  it("knows the abilities of a model at a server of the operator's own, but not its limits and prices", () => {
    const { factsOf, pricesOf } = at(null);
    expect(factsOf('openai/gpt-oss-120b')).toEqual({
      ...unknownFacts,
      hasTools: true,
      hasVision: false,
      hasReasoning: true,
    });
    expect(pricesOf('openai/gpt-oss-120b')).toBeNull();
  });
});

describe("the operator's statements", () => {
  it('replace single facts, and all prices of a model', () => {
    const prices = { input: 1, output: 2, cachedInput: null, cacheWrite: null };
    const stated = {
      facts: { 'gpt-5': { outputTokensMax: 5_000 }, 'our-drafts': { hasTools: false } },
      prices: { 'gpt-5': prices },
    };
    const { factsOf, pricesOf } = at('openai', stated);
    expect(factsOf('gpt-5')).toMatchObject({
      contextWindow: 400_000,
      outputTokensMax: 5_000,
      hasTools: true,
    });
    expect(pricesOf('gpt-5')).toEqual(prices);
    expect(factsOf('our-drafts')).toEqual({ ...unknownFacts, hasTools: false });
    expect(pricesOf('our-drafts')).toBeNull();
    expect(factsOf('gpt-5-mini')).toMatchObject({ outputTokensMax: 128_000 });
  });
});

it('joins the facts of the targets of a route', () => {
  const one = {
    ...unknownFacts,
    contextWindow: 200_000,
    hasTools: true,
    hasVision: true,
    hasReasoning: false,
  };
  const other = { ...unknownFacts, contextWindow: 100_000, hasTools: true, hasVision: null };
  expect(factsOfAll([one, other])).toEqual({
    ...unknownFacts,
    contextWindow: 100_000,
    hasTools: true,
    hasReasoning: false,
  });
  expect(factsOfAll([one, null])).toBeNull();
  expect(factsOfAll([])).toBeNull();
});
