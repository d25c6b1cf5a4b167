import { expect, it } from 'vitest';
import { encodeModel } from './openai-models.ts';
import { unknownFacts } from '../models/model-facts.ts';

const listed = { id: 'one/m', provider: 'one', createdAt: 7, isDefault: false };
const plain = { id: 'one/m', object: 'model', created: 7, owned_by: 'one' };

it('has the fields of OpenAI alone where nothing is known', () => {
  expect(encodeModel({ ...listed, facts: null, prices: null })).toEqual(plain);
  expect(encodeModel({ ...listed, facts: unknownFacts, prices: null })).toEqual(plain);
});

it('adds what is known, with false and zero', () => {
  const facts = { ...unknownFacts, contextWindow: 8_192, hasTools: false, hasJsonSchema: true };
  const prices = {
    input: 0,
    output: { base: 15, tiers: [{ above: 1_000, price: 20 }] },
    cachedInput: 0.0028,
  };
  expect(encodeModel({ ...listed, facts, prices: { ...prices, cacheWrite: 3.75 } })).toEqual({
    ...plain,
    context_window: 8_192,
    capabilities: { tools: false, json_schema: true },
    pricing: {
      input: '0',
      output: '0.000015',
      input_cache_read: '0.0000000028',
      input_cache_write: '0.00000375',
    },
  });
});
