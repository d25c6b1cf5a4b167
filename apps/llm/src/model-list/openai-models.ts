import type { ListedModel } from '../models/listed-model.ts';
import type { ModelFacts, ModelPrices, Rate } from '../models/model-facts.ts';

/**
 * An entry of OpenAI's list of models. The additional fields have the names of Vercel's gateway (`context_window`, and prices in US dollars a token as
 * decimal text, which OpenRouter has too) and of LiteLLM (`max_output_tokens`). What is unknown is left out.
 */
export function encodeModel({ id, createdAt, provider, facts, prices }: ListedModel) {
  return {
    id,
    object: 'model' as const,
    created: createdAt,
    owned_by: provider,
    ...(facts !== null && encodeFacts(facts)),
    ...(prices !== null && { pricing: encodePrices(prices) }),
  };
}

function encodeFacts(facts: ModelFacts) {
  const { contextWindow, outputTokensMax } = facts;
  const capabilities = known({
    tools: facts.hasTools,
    vision: facts.hasVision,
    json_schema: facts.hasJsonSchema,
    reasoning: facts.hasReasoning,
    images: facts.makesImages,
  });
  return {
    ...known({ context_window: contextWindow, max_output_tokens: outputTokensMax }),
    ...(Object.keys(capabilities).length > 0 && { capabilities }),
  };
}

function encodePrices({ input, output, cachedInput, cacheWrite }: ModelPrices) {
  return {
    input: perToken(input),
    output: perToken(output),
    ...(cachedInput !== null && { input_cache_read: perToken(cachedInput) }),
    ...(cacheWrite !== null && { input_cache_write: perToken(cacheWrite) }),
  };
}

/** The lowest tier's price for one token, without an exponent: `0.0000025`. */
function perToken(rate: Rate): string {
  const perMillion = typeof rate === 'number' ? rate : rate.base;
  return (perMillion / 1_000_000).toFixed(12).replace(/0+$/, '').replace(/\.$/, '');
}

function known<T>(fields: Record<string, T | null>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}
