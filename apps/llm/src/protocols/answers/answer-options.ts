/** What the reader of an answer knows of its request. */
export interface AnswerOptions {
  /** The name of the provider in messages. */
  provider: string;
  /** The account at the provider: thoughts, ids and data that only it can read are sent back to it alone. */
  account: string;
  /** The requested model; some providers name the one that answers. */
  model: string;
  /** The size of the request in tokens, for providers that do not count. */
  estimateInputTokens: () => number;
}
