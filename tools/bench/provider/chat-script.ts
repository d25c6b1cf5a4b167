/*
 * The models of the bench's provider. A model's name determines its answer, so that one provider serves every scenario.
 */

/** How the provider answers a chat completion. */
export interface ChatScript {
  /** How many tokens the answer has. */
  tokens: number;
  /** How many of them are sent each second; null: as fast as the connection allows. */
  tokensPerSecond: number | null;
  /** The first turn calls two tools at once. */
  callsTools: boolean;
}

/** The lengths of paced answers in tokens, ascending: gateways that refuse unknown models know only the listed ones. */
export const pacedLengths = [20, 40, 60, 100, 150, 200, 250, 320, 400, 500, 600, 800, 1000];

const namePattern = /^bench-(tools-)?(\d+)(?:-at-(\d+))?$/;

/** The name of the model that answers by `script`. */
export function modelName({
  tokens,
  tokensPerSecond = null,
  callsTools = false,
}: Partial<ChatScript>): string {
  const pace = tokensPerSecond === null ? '' : `-at-${tokensPerSecond}`;
  return `bench-${callsTools ? 'tools-' : ''}${tokens ?? 64}${pace}`;
}

/** The script behind a model's name; null for another name. */
export function chatScript(model: string): ChatScript | null {
  const match = namePattern.exec(model);
  if (!match) return null;
  const [, tools, tokens, pace] = match;
  return {
    tokens: Number(tokens),
    tokensPerSecond: pace === undefined ? null : Number(pace),
    callsTools: tools !== undefined,
  };
}
