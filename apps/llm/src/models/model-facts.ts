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
}
