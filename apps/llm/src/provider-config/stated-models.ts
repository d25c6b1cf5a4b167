import type { ModelFacts, ModelPrices } from '../models/model-facts.ts';
import type { StatedModels } from '../models/provider-models.ts';
import type { ProviderEntry } from './file-schema.ts';

/** The operator's statements about the models of a provider, in the form of the catalogue. */
export function readStated({ facts, prices }: Pick<ProviderEntry, 'facts' | 'prices'>): StatedModels {
  return { facts: mapped(facts, readFacts), prices: mapped(prices, readPrices) };
}

function mapped<From, To>(record: Record<string, From>, read: (entry: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, read(entry)]));
}

function readFacts(given: ProviderEntry['facts'][string]): Partial<ModelFacts> {
  const facts = {
    contextWindow: given.context_window,
    outputTokensMax: given.max_output_tokens,
    hasTools: given.tools,
    hasVision: given.vision,
    hasJsonSchema: given.json_schema,
    hasReasoning: given.reasoning,
    makesImages: given.images,
  };
  const stated = Object.entries(facts).filter(([, fact]) => fact !== undefined);
  return Object.fromEntries(stated);
}

function readPrices(given: ProviderEntry['prices'][string]): ModelPrices {
  return {
    input: given.input,
    output: given.output,
    cachedInput: given.cached_input ?? null,
    cacheWrite: given.cache_write ?? null,
  };
}
