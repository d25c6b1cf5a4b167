/** What is known of a model, from the catalogue. Null where it is unknown. */
export interface ModelFacts {
  /** Tokens that request and answer may have together. */
  contextWindow: number | null;
  /** Tokens that an answer may have. */
  outputTokensMax: number | null;
  hasTools: boolean | null;
  hasVision: boolean | null;
  hasJsonSchema: boolean | null;
  hasReasoning: boolean | null;
  /** Whether the model makes images by `/v1/images/generations`. */
  makesImages: boolean | null;
}

/** Everything that is known of a model at a provider. */
export interface KnownModel {
  facts: ModelFacts | null;
  prices: ModelPrices | null;
}

/** US dollars for a million tokens of each kind. Null: the price of `input`. */
export interface ModelPrices {
  input: Rate;
  /** Of the answer, with its reasoning. */
  output: Rate;
  /** Input that the provider read from its cache. */
  cachedInput: Rate | null;
  /** Input that the provider wrote into its cache. */
  cacheWrite: Rate | null;
}

/** A price, or one that depends on the length of the input: the last tier whose `above` the input exceeds holds for the whole request. */
export type Rate = number | { base: number; tiers: readonly { above: number; price: number }[] };

export const unknownFacts: ModelFacts = Object.freeze({
  contextWindow: null,
  outputTokensMax: null,
  hasTools: null,
  hasVision: null,
  hasJsonSchema: null,
  hasReasoning: null,
  makesImages: null,
});

/**
 * What holds for every one of several models: a flag where all have it, the least limits, and no flag or limit that one of them leaves unknown. Null
 * where nothing is left.
 */
export function factsOfAll(all: readonly (ModelFacts | null)[]): ModelFacts | null {
  const known = all.filter((facts) => facts !== null);
  if (known.length === 0 || known.length < all.length) return null;
  const least = (values: (number | null)[]) =>
    values.reduce((one, other) => (one === null || other === null ? null : Math.min(one, other)));
  const every = (values: (boolean | null)[]) =>
    values.includes(false) ? false : values.includes(null) ? null : true;
  return {
    contextWindow: least(known.map(({ contextWindow }) => contextWindow)),
    outputTokensMax: least(known.map(({ outputTokensMax }) => outputTokensMax)),
    hasTools: every(known.map(({ hasTools }) => hasTools)),
    hasVision: every(known.map(({ hasVision }) => hasVision)),
    hasJsonSchema: every(known.map(({ hasJsonSchema }) => hasJsonSchema)),
    hasReasoning: every(known.map(({ hasReasoning }) => hasReasoning)),
    makesImages: every(known.map(({ makesImages }) => makesImages)),
  };
}
